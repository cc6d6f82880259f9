"""Tabs that several kinds of records have: movements, alerts, cases, filings, papers, requests of a customer."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from accounts.models import Posting
from accounts.queries.deposits import accounts_of
from accounts.queries.holds import reversed_among
from accounts.queries.ledger import history
from accounts.views.history import FOR_STAFF, rows_for
from cloudbank.clock import iso, utcnow
from cloudbank.lists import Column, Page
from compliance.filings.life import VIEW as FILING_VIEW
from compliance.filings.register import filings_about
from compliance.filings.rows import Row as FilingRow
from compliance.filings.terms import CTR
from compliance.filings.views import Register, forms_for
from compliance.kyc.papers import STATES
from compliance.kyc.queries import file_of
from compliance.privacy.desk import rows_of
from compliance.privacy.desk_views import DeskView
from compliance.privacy.queries import requests_of
from compliance.queries.merging import Entry, Stream, merged
from compliance.records.screen import VIEW, Tab
from compliance.records.shown import at, day, name_in, named, page_of, today
from monitoring.casework import CUSTOMER, CaseFile
from monitoring.models import Alert
from monitoring.queries.alerts import ALL, AlertFilter, alerts_page
from monitoring.queries.casework import cases_about
from monitoring.views.came import list_of
from monitoring.views.cases import Cases
from monitoring.views.cases import Row as CaseRow
from monitoring.views.queue import AlertQueue
from monitoring.views.rows import Row as AlertRow

MOST_ACCOUNTS = 20
"""Of a customer with more, the movements of those that moved last are listed together, and the page says so."""
MOVEMENTS = FOR_STAFF
ACCOUNT = Column(
    "account",
    "Account",
    "account",
    value=lambda row: row.posting.account_id,
    link=lambda row: reverse("record", args=["accounts", row.posting.account_id]),
)


def _of_account(account_id: str) -> Stream:
    def read(place: Any, limit: int) -> list[Entry]:
        found = history(account_id, cursor=place or "", limit=limit).rows
        return [Entry((one.posted_at, one.sequence), one.account_order, one) for one in found]

    return read


def movements(account_ids: Sequence[str], reader: Any, cursor: Any, limit: int) -> Page:
    """The movements of some accounts together, newest first: one query an account."""
    page = merged({one: _of_account(one) for one in account_ids}, cursor, limit)
    return Page(movement_rows(page.rows, reader), page.next_cursor)


def movement_rows(postings: Sequence[Posting], reader: Any) -> list[Any]:
    """Postings as the staff read them."""
    return rows_for(postings, reader.item, reversed_among(one.movement_id for one in postings))


def _of_owner(owner_id: str, reader: Any, cursor: Any, limit: int) -> Page:
    last = sorted(accounts_of(owner_id), key=lambda one: one.last_posted_at, reverse=True)[:MOST_ACCOUNTS]
    return movements([one.account_id for one in last], reader, cursor, limit)


def _which(owner_id: str) -> str:
    number = len(accounts_of(owner_id))
    if number <= MOST_ACCOUNTS:
        return ""
    return (
        f"Movements of the {MOST_ACCOUNTS} accounts that moved last, of {number:,} in all. "
        "Those of one account stand on its own record: choose it under Accounts."
    )


def alert_rows(alerts: Sequence[Alert]) -> list[AlertRow]:
    """Alerts with the names of their people."""
    now = utcnow()
    people = named({person for one in alerts for person in (one.customer_id, one.assignee_id, one.lease_by)})
    return [AlertRow(one, people, now, list_of({}, iso(now))) for one in alerts]


def _alerts(customer_id: str, cursor: Any, limit: int) -> Page:
    wanted = AlertFilter(status=ALL, customer_id=customer_id, now=iso(utcnow()))
    found = alerts_page(wanted, cursor=cursor or "", limit=limit)
    return Page(alert_rows(found.rows), found.cursor or None)


def case_rows(cases: Sequence[CaseFile]) -> list[CaseRow]:
    """Cases with the names of their people."""
    people = named({one for case in cases for one in (*case.customers, case.owner_id)})
    return [CaseRow(one, people, utcnow()) for one in cases]


def movements_tab(owner: Any, title: str = "Movements") -> Tab[Any]:
    """The movements of a customer; `owner(item)` is the customer's id."""
    return Tab(
        "movements",
        title,
        (FOR_STAFF[0], ACCOUNT, *FOR_STAFF[1:]),
        lambda item, reader, cursor, limit: _of_owner(owner(item), reader, cursor, limit),
        "accounts.view_any_account",
        "No money has moved yet.",
        note=lambda item: _which(owner(item)),
    )


def alerts_tab(owner: Any, title: str = "Alerts") -> Tab[Any]:
    """The alerts of a customer, newest first."""
    return Tab(
        "alerts",
        title,
        AlertQueue.columns,
        lambda item, reader, cursor, limit: _alerts(owner(item), cursor, limit),
        "monitoring.view_alert",
        "No rule has ever found anything.",
    )


def cases_tab(subject: Any, kind: str = CUSTOMER) -> Tab[Any]:
    """The cases about a customer or an account, newest first."""
    return Tab(
        "cases",
        "Cases",
        Cases.columns,
        lambda item, reader, cursor, limit: page_of(case_rows(cases_about(kind, subject(item))), cursor, limit),
        "monitoring.view_case",
        "No case is about this record.",
    )


def filings_tab(person: Any) -> Tab[Any]:
    """The filings about a person of the forms that the reader may know of, newest first."""

    def rows(item: Any, reader: Any, cursor: Any, limit: int) -> Page:
        found = filings_about(person(item), forms_for(reader))
        return page_of([FilingRow(one, today()) for one in found], cursor, limit)

    return Tab("filings", "Filings", Register.columns, rows, FILING_VIEW[CTR], "No report names this customer.")


_PAPERS = (
    Column("label", "Paper", main=True, value=lambda row: row[0].label, note=lambda row: row[0].title),
    Column("state", "State", "badge", value=lambda row: STATES[row[0].state_on(today())], note=lambda row: row[0].note),
    Column("expires", "Valid until", "date", value=lambda row: day(row[0].expires_on)),
    Column("sent", "Sent", "time", value=lambda row: at(row[0].sent_at)),
    Column("by", "By", value=lambda row: row[1]),
    Column("checked", "Checked", "date", value=lambda row: day(row[0].checked_on), note=lambda row: row[2]),
    Column("size", "Bytes", "number", value=lambda row: row[0].size),
)


def papers_tab(owner: Any) -> Tab[Any]:
    """The papers that show who a customer is."""

    def rows(item: Any, reader: Any, cursor: Any, limit: int) -> Page:
        papers = file_of(owner(item)).all_papers()[::-1]
        people = named({name for one in papers for name in (one.sent_by, one.checked_by)})
        shown = [
            (one, name_in(people, one.sent_by), people[one.checked_by].name if one.checked_by in people else "")
            for one in papers
        ]
        return page_of(shown, cursor, limit)

    return Tab("papers", "Documents", _PAPERS, rows, "compliance.view_kyc", "No paper has been sent yet.")


def requests_tab(owner: Any) -> Tab[Any]:
    """What a customer asked about their own data."""

    def rows(item: Any, reader: Any, cursor: Any, limit: int) -> Page:
        return page_of(rows_of(requests_of(owner(item)), today()), cursor, limit)

    return Tab("requests", "Privacy requests", DeskView.columns, rows, VIEW, "Nothing was asked.")


FILES = (
    Column("title", "File", main=True, value=lambda row: f"{row[0].title}.{row[0].extension}"),
    Column("at", "Added", "time", value=lambda row: at(row[0].at)),
    Column("by", "By", value=lambda row: row[1]),
    Column("size", "Bytes", "number", value=lambda row: row[0].size),
    Column("sha256", "SHA-256", value=lambda row: row[0].sha256[:16], export=lambda row: row[0].sha256),
)


def files_tab(title: str, papers: Any, permission: str, empty: str) -> Tab[Any]:
    """The files of a case or an action; `papers(item)` are monitoring.casework.Paper."""

    def rows(item: Any, reader: Any, cursor: Any, limit: int) -> Page:
        found = papers(item)
        people = named(one.by for one in found)
        return page_of([(one, name_in(people, one.by)) for one in found], cursor, limit)

    return Tab("documents", title, FILES, rows, permission, empty)
