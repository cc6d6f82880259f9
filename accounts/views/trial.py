"""The trial balance: every book and house account of a currency, debits against credits, as of a day."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode

from accounts.forms.trial import TrialForm
from accounts.ledger import FEE_INCOME, HOUSE, INSTRUMENTS, INTEREST_EXPENSE, INTEREST_INCOME, LOAN_LOSS, LOAN_RECOVERY
from accounts.queries.totals import end_of, last_closed_day
from accounts.trial import TrialBalance, TrialRow, trial_balance
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.context import url_of
from cloudbank.lists import Column, ListQuery, ListView, Page
from cloudbank.money import format_amount
from cloudbank.wording import day as day_in_words

TYPES = {
    INSTRUMENTS: "instrument",
    FEE_INCOME: "fee",
    INTEREST_INCOME: "interest",
    INTEREST_EXPENSE: "interest",
    LOAN_LOSS: "charge_off",
    LOAN_RECOVERY: "recovery",
}
"""House account -> the only type of movement (but reversals) that touches it."""
STATEMENT, SEE_STATEMENT = "house_statement", "reporting.view_house_statement"
"""The page of a house account's statement: another room's, and not everybody's who sees the trial balance."""
KINDS = {"asset": "Assets", "liability": "Liabilities", "income": "Income", "expense": "Expense"}


@dataclass(frozen=True)
class Line:
    """A row, with where its movements are listed."""

    row: TrialRow
    currency: str
    url: str

    @property
    def parts(self) -> str:
        """ "Checking 1,000.00, Savings 20.00, net of what is overdrawn"."""
        said = ", ".join(f"{name} {format_amount(amount, self.currency)}" for name, amount in self.row.parts)
        return f"{said}, net of what is overdrawn" if said else ""

    @property
    def empty_sides(self) -> tuple[bool, bool]:
        """Which of debit and credit a phone leaves out."""
        return not self.row.debit, not self.row.credit

    @property
    def kind(self) -> str:
        """Its heading."""
        return KINDS[self.row.kind]


class TrialBalancePage(ListView):
    """`/trial-balance?day=&currency=`."""

    name, title, icon = "trial-balance", "Trial balance", "journal-check"
    permission_required = "accounts.view_trial_balance"
    form_class = TrialForm
    template_name = "accounts/trial_balance.html"
    columns = (
        Column("name", "Account", value=lambda line: line.row.name, main=True),
        Column("parts", "By product"),
        Column("kind", "Kind", value="kind"),
        Column("debit", "Debit", "balance", value=lambda line: line.row.debit, currency="currency"),
        Column("credit", "Credit", "balance", value=lambda line: line.row.credit, currency="currency"),
    )

    @property
    def asked(self) -> tuple[date, str]:
        """The day and the currency; today in the bank's own unless said otherwise."""
        wanted, today = self.query.filters, business_date(utcnow())
        return wanted.get("day") or today, wanted.get("currency") or settings.BANK_CURRENCY

    @cached_property
    def balance(self) -> TrialBalance:
        """The figures of this request."""
        return trial_balance(end_of(*self.asked))

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """All rows: there are about ten."""
        day, currency = self.asked
        return Page([Line(row, currency, self._leads_to(row.code, day, currency)) for row in self.balance.rows])

    def _leads_to(self, code: str, day: date, currency: str) -> str:
        """The statement of a house account over the month up to the day; else the day's movements."""
        statement = url_of(STATEMENT) if code in HOUSE and self.request.user.has_perm(SEE_STATEMENT) else ""
        if not statement:
            return _movements(code, day, currency)
        asked = {"account": code.removeprefix("house:"), "currency": currency}
        days = {"first": day.replace(day=1).isoformat(), "last": day.isoformat()}
        return f"{statement}?{urlencode(asked | days)}"

    def export_facts(self) -> list[tuple[str, str]]:
        """The file says of which day, and whether it foots."""
        day, currency = self.asked
        residual = self.balance.residual
        foots = "yes" if not residual else f"no: {residual} minor units are left"
        return [("End of", day.isoformat()), ("Currency", currency), ("Foots", foots), *super().export_facts()]

    def extra_context(self) -> dict[str, Any]:
        """The rows by kind with their sums."""
        day, currency = self.asked
        rows = self.source(self.query, None, 0).rows
        groups = [(name, [line for line in rows if line.kind == name]) for name in KINDS.values()]
        closed = last_closed_day(currency)
        return {
            "groups": [(name, some) for name, some in groups if some],
            "balance": self.balance,
            "currency": currency,
            "day": day,
            "day_in_words": day_in_words(day),
            "is_sealed": bool(closed and day <= closed),
            "many_currencies": len(settings.BANK_CURRENCIES) > 1,
            "has_books": any(line.row.debit or line.row.credit for line in rows),
            "here": reverse("trial_balance"),
        }


def _movements(code: str, day: date, currency: str) -> str:
    """The list of the day's movements that touch this account, as far as that list can say so; "" without one."""
    url = url_of("movements") if currency == settings.BANK_CURRENCY else ""
    if not url:
        return ""
    filters = {"day": day.isoformat()} | ({"type": TYPES[code]} if code in TYPES else {})
    return f"{url}?{urlencode(filters)}"
