"""Reads of the panel: entered figures, and the ledger's ratios with the amounts behind them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice

from django.conf import settings

from accounts.loans.rows import months_back
from accounts.month_ends import is_month_end
from accounts.prudential import Margin, margin, share
from accounts.queries.closed_months import sealed_days
from cloudbank.clock import ONE_DAY
from cloudbank.conf import bank_calendar
from cloudbank.quarters import Quarter, quarter_of
from compliance.prudential.models import GROUP, PrudentialFigures
from compliance.queries.sealed import SealedDay, sealed

MOST = 40


def newest_figures() -> PrudentialFigures | None:
    """The figures of the latest day, or None. One query."""
    return next(iter(figures(1)), None)


def figures(limit: int = MOST) -> list[PrudentialFigures]:
    """Entered figures, the latest day first."""
    found = PrudentialFigures.by_day.query(GROUP, scan_index_forward=False, limit=limit)
    return list(islice((one for one in found if isinstance(one, PrudentialFigures)), limit))


@dataclass(frozen=True)
class LedgerRatio:
    """A ratio of the last closed day: what / of what, minor units; `control` judges it."""

    control: str
    part: str
    amount: int
    whole: str
    of: int

    @property
    def ratio(self) -> int | None:
        """Basis points."""
        return share(self.amount, self.of)


def ledger_ratios(end: Mapping[str, int]) -> list[LedgerRatio]:
    """The ratios that a closed day gives, with both amounts as the day sealed them."""
    loans, glp = "Gross loans", end.get("book_principal", 0)
    early = end.get("loan_par_30", 0) - end.get("loan_par_90", 0)
    return [
        LedgerRatio("npl", "More than 90 days past due or not accruing", end.get("loan_npl", 0), loans, glp),
        LedgerRatio("past-due-early", "31 to 90 days past due", early, loans, glp),
        LedgerRatio("past-due-late", "More than 90 days past due", end.get("loan_par_90", 0), loans, glp),
        LedgerRatio("par-30", "More than 30 days past due, whole balances", end.get("loan_par_30", 0), loans, glp),
        LedgerRatio("loan-to-deposit", loans, glp, "Deposits", end.get("deposits", 0)),
    ]


def margin_of(quarter: Quarter, last: date) -> Margin | None:
    """The net interest margin of a quarter as far as `last` (a closed day); None before the books.

    Earning assets are the loans: this bank holds no others. Whole months are read in one piece.
    """
    calendar = bank_calendar()
    end = min(quarter.last, last)
    if quarter.first > end:
        return None
    days = list(calendar.days(quarter.first, end))
    ended = [day for day in days if is_month_end(day, calendar)]
    whole = [month for month in months_back(end, 3) if any(day.isoformat()[:7] == month for day in ended)]
    found = sealed_days(days, (), settings.BANK_CURRENCY, months=whole)
    if not found:
        return None
    first = date.fromisoformat(found[0].day)
    before = calendar.on_or_before(quarter.first - ONE_DAY)
    opening = sealed([before]).get(before)
    begins = quarter.first if opening else first
    rows = [(date.fromisoformat(one.day), one.end.get("book_principal", 0), one.numbers) for one in found]
    return margin(begins, end, _principal(opening), rows)


def _principal(day: SealedDay | None) -> int:
    return day.end.get("book_principal", 0) if day else 0


def quarters_of(day: date) -> list[Quarter]:
    """The quarter of a day, and the one before it."""
    this = quarter_of(day, settings.FISCAL_YEAR_START_MONTH)
    return [this, this.previous()]
