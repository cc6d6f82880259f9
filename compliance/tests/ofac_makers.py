"""Makers for tests of reports to OFAC: a customer whose name is on the list, a payment that was turned away."""

import pytest

from accounts.ledger import CLEARING, TRANSFER, WIRE_IN, Actor, Instruction, Refused
from accounts.models import User
from accounts.services.posting import Receipt, post
from accounts.testing import a_customer, an_analyst
from accounts.wires import Wire
from cloudbank import store
from cloudbank.clock import iso, utcnow
from compliance.filings.models import OfacReport
from compliance.filings.ofac_drafting import draft_ofac
from compliance.filings.ofac_life import edit_ofac
from compliance.filings.terms import Status
from compliance.filings.testing import fresh, the_way_to_filed
from compliance.testing import TILL, actor, an_account_of, cash_in, today
from monitoring.models import SANCTIONS, Alert
from monitoring.queries.alerts import ALL, AlertFilter, alerts_page
from monitoring.sanctions import Entry
from monitoring.services.closing import close_alert
from monitoring.services.sanctions import load_list, screen_customers

ROBOT = Actor("command:test", "system", "test")
LISTED, REFERENCE = "Simon Stranger", "ORS-2026/00017"


def the_list(*names: str) -> None:
    """These names, each an entry, are in force."""
    entries = [Entry(str(101 + place), (name,), "individual", "SDGT", (), ("IR",)) for place, name in enumerate(names)]
    load_list(entries=entries, origin="SDN.CSV", dry_run=False, actor=ROBOT, now=utcnow())


def a_listed_customer(balance: int = 250_000) -> tuple[User, str]:
    """A customer with money whose name came onto the list afterwards, and the account."""
    person = a_customer(name=LISTED)
    account = an_account_of(person)
    cash_in(account, balance)
    the_list("STRANGER, Simon")
    screen_customers(actor=ROBOT, now=utcnow())
    return person, account


def hits() -> list[Alert]:
    """All sanctions alerts of the bank."""
    return [one for one in alerts_page(AlertFilter(status=ALL), limit=200).rows if one.family == SANCTIONS]


def decided(alert: Alert, reason_code: str = "other") -> None:
    """An analyst decides on a hit: confirmed unless told otherwise."""
    close_alert(
        alert_id=alert.alert_id, reason_code=reason_code, note="Passport seen.", revision=alert.revision,
        actor=actor(an_analyst()), now=utcnow(),
    )  # fmt: skip


def turned_away(payer_account: str, payee_account: str, amount: int = 10_000) -> str:
    """A transfer to who is on the list: refused; its movement."""
    asked = Instruction(
        type=TRANSFER, key="ofac-transfer", amount=amount, currency="USD", debit=payer_account, credit=payee_account,
        channel="online", branch="main", actor=TILL,
    )  # fmt: skip
    with pytest.raises(Refused):
        post(asked, now=utcnow())
    return asked.movement_id


def kept(account: str, sender: str, amount: int = 7_000) -> Receipt:
    """A wire from who is on the list: it comes in and is held without end."""
    details = Wire(originator_name=sender, beneficiary_name="Carla Customer", country="CU").packed()
    asked = Instruction(
        type=WIRE_IN, key="ofac-wire", amount=amount, currency="USD", debit=CLEARING, credit=account, channel="wire",
        branch="main", actor=TILL, details=details,
    )  # fmt: skip
    return post(asked, now=utcnow())


def a_blocked_report() -> OfacReport:
    """The draft on a customer whose match was confirmed."""
    a_listed_customer()
    (alert,) = hits()
    decided(alert)
    (item,) = draft_ofac(now=utcnow())
    return item


def written(item: OfacReport, officer: User) -> OfacReport:
    """With its authority and description."""
    return edit_ofac(
        filing_id=item.filing_id, authority="SDGT, 31 CFR part 594", description="Checking account in Springfield.",
        version=fresh(item).version, actor=actor(officer), now=utcnow(),
    )  # fmt: skip


def filed_ofac(item: OfacReport, officer: User, second: User) -> OfacReport:
    """Written, reviewed, approved, filed."""
    written(item, officer)
    found = the_way_to_filed(item, officer, second, REFERENCE)
    assert isinstance(found, OfacReport)
    return found


def ofac_pages() -> list[str]:
    """Pages of reports on which each form of theirs stands: a draft, one that is approved, one that is filed."""
    draft, paths = a_blocked_report(), []
    for status in (Status.APPROVED, Status.FILED):
        item = OfacReport(**draft.attribute_values)
        item.transaction_id, item.status, item.approved_at = OfacReport.key(status), status, iso(utcnow())
        item.filed_on, item.version = today().isoformat(), 1
        item.file()
        store.save([store.Put(item)])
        paths.append(f"/compliance/filings/{item.filing_id}")
    return [f"/compliance/filings/{draft.filing_id}/ofac", f"/compliance/filings/{draft.filing_id}", *paths]
