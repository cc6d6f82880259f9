"""Instruments sold for cash: the sale at the counter, and the register of sales (31 CFR 1010.415)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.urls import reverse

from accounts.forms.banking import MovementForm
from accounts.forms.instruments import InstrumentForm, RegisterFilter
from accounts.instruments import KINDS
from accounts.ledger import Plan
from accounts.models import InstrumentSale, User
from accounts.names import branch_name
from accounts.queries.holds import reversed_among
from accounts.queries.instruments import MOST, day_sums, sales
from accounts.queries.people import users
from accounts.services.instruments import LOG_FROM, LOG_TO
from accounts.views.desk_search import identity_fact
from accounts.views.movements import ANY, Fact, MovementView, Words
from cloudbank import parameters
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import business_date
from cloudbank.lists import Column, ListQuery, ListView, Page, Totals
from cloudbank.money import format_amount
from cloudbank.templatetags.bank import amount
from cloudbank.wording import day as day_in_words
from cloudbank.wording import grouped

DAYS = 30
"""Shown while no day is chosen."""


class SellInstrument(MovementView):
    """`/instruments/sell`."""

    permission_required = (ANY,)
    form_class = InstrumentForm
    url_name = "sell_instrument"
    counter = Words(
        "Sell a check or money order", "For cash, to a customer or who acts for them.", "Issue for", "receipt"
    )
    online = counter

    def facts(self, form: MovementForm, plan: Plan) -> list[Fact]:
        """Who pays, what is issued, how the buyer was identified."""
        sale, movement = cast(InstrumentForm, form), plan.movement
        owner = users([sale.own.owner_id or ""]).get(sale.own.owner_id or "")
        rows: list[Fact] = [
            ("Paid with", "Cash at the counter", "it goes through the account, in two lines of its history"),
            ("Buyer", owner.name if owner else "", grouped(sale.own.account_id)),
            ("Identity", *identity_fact(owner)),
            *((label, value, "") for label, value in sale.sold().facts()),
            ("Identified by", sale.sold().identity, ""),
            ("Brought by", form.conducting.name if form.conducting else "", form.cleaned_data.get("conductor", "")),
            ("Their identity", *identity_fact(form.conducting)),
            ("Business day", day_in_words(movement.business_date), ""),
        ]
        return [row for row in rows if row[1]]

    def warning(self, plan: Plan) -> str:
        """From the law's amount on the sale stands in the log, and the document must be seen."""
        movement = plan.movement
        values = parameters.snapshot(utcnow())
        if LOG_FROM not in values or movement.amount < (least := values.money(LOG_FROM, movement.currency)):
            return ""
        shown = f"{format_amount(least, movement.currency)} {movement.currency}"
        return f"From {shown} on the sale is recorded by law (31 CFR 1010.415). Compare the buyer with their document."


@dataclass(frozen=True)
class Row:
    """A sale as the register shows it."""

    sale: InstrumentSale
    people: Mapping[str, User]
    day_sum: int
    logged: bool
    taken_back: bool

    @property
    def id(self) -> str:
        """The sale."""
        return self.sale.transaction_id

    @property
    def day(self) -> date:
        """Business day."""
        return date.fromisoformat(self.sale.business_date)

    @property
    def sold_at(self) -> datetime:
        """The instant."""
        return from_iso(self.sale.sold_at)

    @property
    def kind(self) -> str:
        """ "Cashier's check"."""
        return KINDS.get(self.sale.instrument, self.sale.instrument)

    def name(self, user_id: str) -> str:
        """A person's name, else the id."""
        found = self.people.get(user_id)
        return found.name if found else user_id

    @property
    def state(self) -> str:
        """Whether it was taken back."""
        return "reversed" if self.taken_back else ""


class Register(ListView):
    """`/instruments`: by business day and customer, to be printed or exported."""

    name, title, icon = "instruments", "Checks and money orders sold for cash", "receipt"
    saved_views = True
    permission_required = "accounts.view_instrument_register"
    form_class = RegisterFilter
    template_name = "accounts/instruments.html"
    page_sizes = (100, 50, 25)
    empty_title = "No sales in these days"
    empty_text = "A sale at the counter appears here at once. Choose other days above."
    columns: Sequence[Column] = (
        Column("serial", "Serial number", main=True, value=lambda row: row.sale.serial,
               link=lambda row: reverse("receipt", args=[row.sale.movement_id]), note=lambda row: row.kind),
        Column("day", "Business day", "date"),
        Column("customer", "Buyer", value=lambda row: row.name(row.sale.customer_id),
               note=lambda row: row.name(row.sale.conductor_id) if row.sale.conductor_id else ""),
        Column("payee", "Payee", value=lambda row: row.sale.payee),
        Column("identity", "Identified by", value=lambda row: row.sale.identity),
        Column("amount", "Amount", "balance", value=lambda row: row.sale.amount, currency=lambda row: row.sale.currency,
               note="state"),
        Column("day_sum", "That day", "balance", value="day_sum", currency=lambda row: row.sale.currency,
               note=lambda row: "recorded by law" if row.logged else ""),
    )  # fmt: skip
    file_columns: Sequence[Column] = (
        *columns,
        Column("kind", "Instrument"),
        Column("sold_at", "Sold", "time"),
        Column("customer_id", "Customer id", value=lambda row: row.sale.customer_id),
        Column("account", "Account", value=lambda row: grouped(row.sale.account_id_of)),
        Column("conductor", "Bought by", value=lambda row: row.name(row.sale.conductor_id)),
        Column("branch", "Branch", value=lambda row: branch_name(row.sale.branch)),
        Column("sold_by", "Sold by", value=lambda row: row.name(row.sale.sold_by)),
        Column("logged", "Recorded by law", value=lambda row: "yes" if row.logged else ""),
        Column("state", "State"),
        Column("movement_id", "Reference", value=lambda row: row.sale.movement_id),
    )

    def _days(self) -> tuple[date, date]:
        wanted, today = self.query.filters, business_date(utcnow())
        last = wanted.get("last") or max(today, wanted.get("first") or today)
        return wanted.get("first") or last - timedelta(days=DAYS), last

    @property
    def intro(self) -> str:  # type: ignore[override]
        """Which days these are, and what the law has recorded."""
        first, last = self._days()
        said = f"Business days {day_in_words(first)} to {day_in_words(last)}, newest first."
        cut = f" Only the newest {MOST:,} are shown; choose fewer days." if len(self._found()) >= MOST else ""
        return (
            f"{said} Sales for cash of one buyer on one day that come to 3,000 to 10,000 USD are recorded by law.{cut}"
        )

    def _found(self) -> list[InstrumentSale]:
        if not hasattr(self, "_kept"):
            self._kept = sales(*self._days(), str(self.query.filters.get("customer", "")).strip())
        return self._kept

    def _rows(self) -> list[Row]:
        found = self._found()
        sums, taken_back = day_sums(found), reversed_among(sale.movement_id for sale in found)
        people = users({one for sale in found for one in (sale.customer_id, sale.conductor_id, sale.sold_by)} - {""})
        rows = []
        for sale in found:
            total = sums[sale.customer_id, sale.business_date, sale.currency]
            rows.append(Row(sale, people, total, _recorded(total, sale.currency), sale.movement_id in taken_back))
        return [row for row in rows if row.logged or not self.query.filters.get("logged")]

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """A bounded set, in memory: sums of a day need all of its sales."""
        rows, start = self._rows(), int(cursor or 0)
        end = start + limit
        return Page(rows[start:end], end if end < len(rows) else None)

    def totals(self, page: Page, is_all: bool) -> Totals:
        """How many, and how much in each currency."""
        rows = self._rows()
        sums: Counter[str] = Counter()
        for row in rows:
            sums[row.sale.currency] += row.sale.amount
        shown = [(f"sold, {currency}", amount(total, currency, False)) for currency, total in sorted(sums.items())]
        return Totals("What is selected", [("sales", f"{len(rows):,}"), *shown])


def _recorded(total: int, currency: str) -> bool:
    """Whether the law has a day's sales to one buyer recorded: from the one amount to the other, both included."""
    values = parameters.snapshot(utcnow())
    return values.money(LOG_FROM, currency) <= total <= values.money(LOG_TO, currency) if LOG_FROM in values else False
