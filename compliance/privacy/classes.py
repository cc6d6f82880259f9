"""The classes of retention of this room: packages, answered requests, former customers."""

from collections.abc import Iterator
from datetime import date, datetime

from accounts.ledger import Refused
from accounts.models import User
from accounts.queries.people import people_by_name, user
from accounts.services.erasing import pseudonymise
from cloudbank import audit, parameters
from cloudbank.clock import from_iso
from cloudbank.conf import bank_calendar
from cloudbank.roles import Role
from cloudbank.wording import day as day_in_words
from compliance.kyc.services.forgetting import forget_file
from compliance.models import PrivacyRequest
from compliance.privacy import queries
from compliance.privacy.deeds import expire_package, is_expired
from compliance.privacy.engine import COMMAND, Due, RetentionClass, declare
from compliance.privacy.holds import IDENTITY_LAW, RECORDS_LAW, binding, kept_until
from compliance.privacy.pasts import IDENTITY, RECORDS, holds_on, today
from compliance.privacy.terms import years_after
from compliance.services.saving import save_audited
from compliance.steps import NotAllowed

PAGE = 100


def _all(found: queries.Selected) -> Iterator[PrivacyRequest]:
    cursor = None
    while True:
        page = found.page(cursor, PAGE)
        yield from page.rows
        cursor = page.next_cursor
        if cursor is None:
            return


def _packages_due(now: datetime, after: str) -> Iterator[Due]:
    for item in [*_all(queries.waiting()), *_all(queries.answered())]:
        if item.package.get("files") and is_expired(item, now):
            over = bank_calendar().local(from_iso(item.package["expires_at"])).date()
            yield Due("", item.user_id, "the files of a data package", over)


def _request(key: str) -> PrivacyRequest:
    item = queries.request(key)
    if item is None:
        raise NotAllowed("There is no such request.")
    return item


def _let_package_go(key: str, now: datetime) -> None:
    expire_package(item=_request(key), actor=COMMAND, now=now)


def _requests_due(now: datetime, after: str) -> Iterator[Due]:
    """Those that were answered long ago, the oldest first."""
    period = parameters.snapshot(now).number(RECORDS)
    found = queries.answered_before(years_after(today(now), -period))
    for item in list(_all(found)):
        yield Due("", item.user_id, "what a customer asked, and our answer", years_after(_answered(item), period))


def _answered(item: PrivacyRequest) -> date:
    return date.fromisoformat(item.answered_at[:10])


def _let_request_go(key: str, now: datetime) -> None:
    """The words go; that it was asked and answered, and when, stays with its audit trail."""
    item = _request(key)
    if item.package.get("files"):
        raise NotAllowed("Its package is still there.")
    names = ("details", "answer", "extension_reason")
    for name in names:
        setattr(item, name, "")
    item.steps = {code: [*done[:2], ""] for code, done in item.steps.items()}
    item.cleared_on = today(now).isoformat()
    item.file()
    entry = audit.record(item, "clear_request", actor=COMMAND, now=now, after={"cleared": list(names)})
    save_audited(item, entry)


def _customers_due(now: datetime, after: str) -> Iterator[Due]:
    """Former customers whose identity data need not be kept, in order of their names; read page by page."""
    period, day = parameters.snapshot(now).number(IDENTITY), today(now)
    cursor = after
    while True:
        page = people_by_name(Role.CUSTOMER, cursor=cursor, limit=PAGE)
        for person in page.rows:
            over = _over(person, period)
            if over and over <= day:
                yield Due(person.name_key or "", person.user_id, "a former customer's data", over, _held(person, now))
        cursor = page.cursor
        if not cursor:
            return


def _over(person: User, period: int) -> date | None:
    """The day from which on the identity data of a former customer need not be kept; None: not a former one."""
    if person.erased_on or person.open_accounts or not person.exited_on:
        return None
    return years_after(date.fromisoformat(person.exited_on), period)


def _held(person: User, now: datetime) -> str:
    """What keeps it, without a word of what is secret: this is printed, and logged."""
    holds = holds_on(person, now)
    if not binding(holds, today(now)):
        return ""
    until = kept_until([one for one in holds if one.told], today(now))
    return f"a hold until {day_in_words(until)} at the earliest" if until else "a hold"


def _let_customer_go(key: str, now: datetime) -> None:
    person = user(key)
    if person is None:
        raise NotAllowed("There is no such customer.")
    if held := _held(person, now):
        raise NotAllowed(held)
    reason = "The period of retention is over."
    forget_file(customer_id=key, reason=reason, actor=COMMAND, now=now)
    try:
        pseudonymise(customer_id=key, reason=reason, actor=COMMAND, now=now)
    except Refused as refused:
        raise NotAllowed(str(refused)) from refused


declare(
    RetentionClass(
        "packages", "Data packages", "until they expire", "GDPR art. 5(1)(e)", "the files are deleted",
        _packages_due, _let_package_go,
    )
)  # fmt: skip
declare(
    RetentionClass(
        "requests", "Answered privacy requests", "some years after the answer (retention.records)", RECORDS_LAW,
        "the words are taken out; that it was asked and answered stays", _requests_due, _let_request_go,
    )
)  # fmt: skip
declare(
    RetentionClass(
        "customers", "Former customers",
        "some years after the last account closed (retention.identity), and every hold",
        IDENTITY_LAW, "everything that names the person is taken out", _customers_due, _let_customer_go,
    )
)  # fmt: skip
