"""`/movements`: the bank's movements of a day, for staff; where charts and tiles lead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.ledger import CLEARING, HOUSE_NAMES
from accounts.models import Posting, User
from accounts.names import branch_name, channel_name, segment_name, type_name
from accounts.particulars import particulars
from accounts.queries.ledger import PostingFilter
from accounts.queries.people import users
from accounts.wires import wire_of
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import business_date
from cloudbank.lists import Column, ListQuery, ListView, Page, Totals
from cloudbank.templatetags.bank import amount
from cloudbank.wording import day as day_in_words
from cloudbank.wording import last_four
from monitoring.forms.movements import MovementFilterForm, chosen_days
from monitoring.queries.movements import movements_page, selected_totals

HOUSES = HOUSE_NAMES | {CLEARING: "Outside the bank"}


@dataclass(frozen=True)
class MovementRow:
    """A movement as staff read it, by one of its lines."""

    line: Posting
    people: dict[str, User]

    @property
    def posted_at(self) -> datetime:
        """The instant of the posting."""
        return from_iso(self.line.posted_at)

    @property
    def _sides(self) -> list[tuple[str, str]]:
        mine = (self.line.account_id or "", self.line.owner_id)
        other = (self.line.counter, self.line.counter_owner)
        return [mine, other] if self.line.amount < 0 else [other, mine]

    def _party(self, account: str, owner: str) -> str:
        if account in HOUSES:
            wire = wire_of(self.line.details or "")
            return wire.party(self.line.amount > 0) or HOUSES[account]
        found = self.people.get(owner)
        return found.name if found else f"\N{HORIZONTAL ELLIPSIS}{last_four(account)}"

    @property
    def source(self) -> str:
        """Who paid."""
        return self._party(*self._sides[0])

    @property
    def target(self) -> str:
        """Who was paid."""
        return self._party(*self._sides[1])

    @property
    def accounts(self) -> str:
        """The accounts' last digits."""
        shown = [last_four(account) for account, _ in self._sides if account not in HOUSES]
        return " \N{RIGHTWARDS ARROW} ".join(f"\N{HORIZONTAL ELLIPSIS}{one}" for one in shown)

    @property
    def what(self) -> str:
        """Its type."""
        return type_name(self.line.type)

    @property
    def channel(self) -> str:
        """How it came."""
        return channel_name(self.line.channel)

    @property
    def branch(self) -> str:
        """Where it is booked."""
        return branch_name(self.line.branch)

    @property
    def segment(self) -> str:
        """What the customer who set it off banked as."""
        return segment_name(self.line.segment)

    @property
    def amount(self) -> int:
        """Minor units, positive."""
        return abs(self.line.amount)

    @property
    def url(self) -> str:
        """The receipt."""
        return reverse("receipt", args=[self.line.movement_id])


_COLUMNS = (
    Column("type", "What", value="what", link=lambda row: row.url, main=True),
    Column("posted_at", "Posted", "time"),
    Column("source", "From"),
    Column("target", "To", note="accounts"),
    Column("channel", "Channel", value="channel", note="branch"),
    Column("badge", "Screening", "badge", value=lambda row: row.line.badge),
    Column("amount", "Amount", "balance", value="amount", currency=lambda row: row.line.currency),
)
_FILE = (
    Column("day", "Business day", "date", value=lambda row: date.fromisoformat(row.line.business_date)),
    *_COLUMNS,
    Column("branch", "Branch"),
    Column("segment", "Segment"),
    Column("accounts", "Accounts"),
    Column("memo", "Note", value=lambda row: row.line.memo),
    Column("details", "Particulars", value=lambda row: particulars(row.line.details or "")),
    Column("movement_id", "Reference", value=lambda row: row.line.movement_id),
)


class Movements(ListView):
    """A business day (today unless said otherwise) or a range, each movement once."""

    name = "movements"
    saved_views = True
    title = "Movements"
    icon = "list-ul"
    permission_required = "monitoring.view_bank_analytics"
    form_class = MovementFilterForm
    columns: Sequence[Column] = _COLUMNS
    page_sizes = (50, 100)
    empty_title = "No movements on this business day"
    empty_text = "Choose another day above. Nights, weekends and bank holidays belong to the next business day."

    def _days(self) -> tuple[date, date]:
        return chosen_days(dict(self.query.filters), business_date(utcnow()))

    @property
    def intro(self) -> str:  # type: ignore[override]
        """Which days these are."""
        first, last = self._days()
        if first == last:
            return f"Business day {day_in_words(last)}, newest first. Each movement once."
        return f"{day_in_words(first)} to {day_in_words(last)}, newest first. Each movement once."

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """One page."""
        first, last = self._days()
        narrowed = self._narrowed()
        found = movements_page(first, last, settings.BANK_CURRENCY, narrowed, cursor=cursor or "", limit=limit)
        named = {owner for line in found.rows for owner in (line.owner_id, line.counter_owner)} - {""}
        people = users(sorted(named))
        return Page([MovementRow(line, people) for line in found.rows], found.cursor or None)

    def _narrowed(self) -> PostingFilter:
        wanted = self.query.filters
        return PostingFilter(
            type=wanted.get("type", ""),
            channel=wanted.get("channel", ""),
            branch=wanted.get("branch", ""),
            segment=wanted.get("segment", ""),
            badge=wanted.get("badge", ""),
            hour=wanted.get("hour"),
            movements_once=True,
        )

    def totals(self, page: Page, is_all: bool) -> Totals:
        """How many and how much: from the days' totals where they know the filter, else of the page."""
        (first, last), narrowed = self._days(), self._narrowed()
        known = None if is_all else selected_totals(first, last, settings.BANK_CURRENCY, narrowed)
        count, volume = known or (len(page.rows), sum(row.amount for row in page.rows))
        of = "What is selected" if known or is_all else "This page"
        return Totals(of, [("movements", f"{count:,}"), ("volume", amount(volume, settings.BANK_CURRENCY, False))])

    def export(self, extension: str) -> Any:
        """A file has room for more columns than a screen."""
        self.columns = _FILE
        return super().export(extension)
