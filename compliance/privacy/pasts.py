"""Reads what a customer's holds follow from."""

from datetime import date, datetime

from accounts.models import User
from accounts.queries.deposits import accounts_of
from accounts.queries.loans import loans_of
from cloudbank import parameters
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.parameters import Parameter
from cloudbank.tables import TransactionsItem
from compliance.filings.models import FILINGS, Filing, OfacReport, filings_of
from compliance.filings.ofac_life import was_blocked
from compliance.filings.terms import OFAC
from compliance.privacy.holds import IDENTITY_LAW, RECORDS_LAW, SANCTIONS_LAW, Hold, Past, Years, holds_of
from monitoring.models import Alert, customer_subject

IDENTITY, RECORDS, SANCTIONS = "retention.identity", "retention.records", "retention.sanctions"
for _code, _label, _years, _law in (
    (IDENTITY, "Identity data: kept after the last account closed", 5, IDENTITY_LAW),
    (RECORDS, "Movements, filings, requests: kept", 5, RECORDS_LAW),
    (SANCTIONS, "What concerns sanctions: kept", 10, SANCTIONS_LAW),
):
    parameters.declare(Parameter(_code, _label, "int", _years, _law, minimum=1, maximum=50, unit="years"))


def years(now: datetime) -> Years:
    """The periods in force."""
    snapshot = parameters.snapshot(now)
    return Years(*(snapshot.number(code) for code in (IDENTITY, RECORDS, SANCTIONS)))


def holds_on(customer: User, now: datetime) -> list[Hold]:
    """Every hold on a customer's data, over or not."""
    return holds_of(past_of(customer), years(now))


def past_of(customer: User) -> Past:
    """What is on record: accounts, the last movement, filings, sanctions. One query an account and a few more."""
    accounts = [*accounts_of(customer.user_id), *loans_of(customer.user_id)]
    closed = [one.closed_on for one in accounts if one.closed_on]
    is_open = bool(customer.open_accounts) or any(not one.closed_on for one in accounts)
    last = max((one.last_business_date for one in accounts if one.last_business_date), default="")
    return Past(
        is_customer=is_open or not (customer.exited_on or closed),
        closed_on=_day(max([*closed, customer.exited_on], default="")),
        last_movement_on=_day(last),
        filed_on=_day(last_filing(customer.user_id)),
        sanctions_on=_day(_last_sanctions(customer.user_id)),
        legal_hold=customer.legal_hold,
    )


def last_filing(customer_id: str) -> str:
    """The latest day (ISO) on which a report about the customer was filed; "" for none."""
    groups = [filings_of(form, customer_id) for form in FILINGS]
    found = [one for group in groups for one in TransactionsItem.by_subject.query(group) if isinstance(one, Filing)]
    return max((one.filed_on for one in found), default="")


def _last_sanctions(customer_id: str) -> str:
    found = Alert.by_subject.query(customer_subject(customer_id), scan_index_forward=False)
    hit = next((one.last_at[:10] for one in found if isinstance(one, Alert) and one.family == "sanctions"), "")
    reports = OfacReport.by_subject.query(filings_of(OFAC, customer_id))
    return max([hit, *(_concerns_until(one) for one in reports if isinstance(one, OfacReport))])


def _concerns_until(item: OfacReport) -> str:
    """The last day (ISO) so far on which a report to OFAC mattered: blocked property does while it is blocked."""
    now = today(utcnow())
    return now.isoformat() if was_blocked(item, now) else max(item.day, item.filed_on, item.released_on)


def _day(text: str) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def today(now: datetime) -> date:
    """The calendar day on the bank's clock."""
    return bank_calendar().local(now).date()
