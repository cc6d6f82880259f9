"""What the metrics of loans share: the portfolio at an end, its daily average, the months of a period. Pure."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from accounts.loans.rows import months_between
from accounts.loans.state import BUCKET_NAMES
from accounts.month_ends import SheetNumbers, by_part, of_part
from accounts.names import branch_name, plain
from cloudbank.clock import ONE_DAY
from reporting.behind import Behind, Rows, Spec
from reporting.cuts import product_title
from reporting.figures import Value, ratio
from reporting.periods import Period, foot
from reporting.specs import MONEY, Term, calendar_days, computed, days_of, level, levels, number, signed, tape

SHEET = "loans"
GLP = "book_principal"
"""The closed days' name for the gross loan portfolio: the principal on the books."""
YEAR = 365
DIMENSIONS = ("product", "branch", "segment")
WHERE_TO = {"closed": "repaid in full", "charged_off": "charged off"}


def bucket_title(name: str) -> str:
    """ "current", "1-30 days", "Repaid in full"."""
    return plain(WHERE_TO[name]) if name in WHERE_TO else plain(name) if name == BUCKET_NAMES[0] else f"{name} days"


def part_title(dimension: str, code: str) -> str:
    """What a product, branch or segment is called."""
    if dimension == "product":
        return product_title(code)
    return branch_name(code) if dimension == "branch" else plain(code)


def of_day(period: Period, name: str) -> Value:
    """A number of the loan book (accounts.loans.book) at the end of the last sealed day; n/a when none is sealed.

    Of a part of the bank: of the month-end sheet, whose numbers have the same names; n/a without one.
    """
    if period.cut:
        return of_sheet(period.sheet(SHEET), name)
    if not period.closed and not period.opening:
        return None
    return sealed_end(period).get(f"loan_{name}", 0)


def of_sheet(found: SheetNumbers | None, name: str) -> Value:
    """A number of a sheet; n/a without one."""
    return found.numbers[name] if found else None


def gross_at_end(period: Period) -> Value:
    """GLP at the end: the principal on the books; of a part of the bank what its sheet says."""
    return of_day(period, "glp") if period.cut else period.closing.get(GLP)


def gross_at_start(period: Period) -> Value:
    """GLP at the start."""
    return of_sheet(period.sheet_before(SHEET), "glp") if period.cut else period.opening.get(GLP)


def sealed_end(period: Period) -> Mapping[str, int]:
    """What the last sealed day ended with."""
    return period.closed[-1].end if period.closed else period.opening


def prove_book(period: Period) -> None:
    """Raise FootingError unless the loans, bucket by bucket, are the principal on the books at the last sealed day.

    A part of the bank ties to no account: there the whole bank's book is proven.
    """
    period, end = period.uncut(), sealed_end(period)
    if GLP not in end:
        return
    buckets = sum(end.get(f"loan_glp_{name}", 0) for name in BUCKET_NAMES)
    foot(f"the buckets of {period.label} against the portfolio", end.get("loan_glp", 0), buckets)
    foot(f"the loans of {period.label} against the principal on the books", end[GLP], end.get("loan_glp", 0))
    foot(f"the loans of {period.label} against their accounts", end.get("book_loan", 0), end.get("loan_on_books", 0))
    found = period.sheet(SHEET)
    if found:
        foot(f"the loans sheet of {found.day} against the principal on the books", end[GLP], found.numbers["glp"])
        for dimension in DIMENSIONS:
            parts = sum(by_part(found.numbers, "glp", dimension).values())
            foot(f"the loans sheet of {found.day} by {dimension}", found.numbers["glp"], parts)


def loans_behind(name: str, unit: str = MONEY) -> Spec:
    """The loans behind a number of the book: of the sheet where there is one, else the change of each day."""

    def spec(period: Period, dimension: str) -> Behind:
        if period.cut or period.sheet(SHEET) or not (period.closed or period.opening):
            return tape(SHEET, name, unit)(period, dimension)
        return level(f"loan_{name}", unit, missing=0)(period, dimension)

    return spec


def of_part_behind(name: str, unit: str = MONEY) -> Spec:
    """The loans of the product, branch or segment in the measure's dimension."""

    def spec(period: Period, dimension: str) -> Behind:
        kind, _, code = dimension.partition(": ")
        return tape(SHEET, of_part(name, kind, code), unit)(period, dimension)

    return spec


def average_glp(period: Period) -> Value:
    """The daily average of the portfolio: a day without business counts what the business day before it ended with."""
    days = days_of(period)
    if not days:
        return None
    return ratio(_sum_of_days(period, days), len(days), scale=1)


def _sum_of_days(period: Period, days: list[date]) -> int:
    known = {date.fromisoformat(day.day): value for day, value in levels(period, GLP)}
    total, value = 0, period.opening.get(GLP, 0)
    for day in days:
        value = known.get(day, value)
        total += value
    return total


def a_year(amount: Value, period: Period) -> Value:
    """An amount of the period / the average portfolio, a year, in hundredths of a percent: x 365 / days."""
    days = days_of(period)
    return annual(amount, _sum_of_days(period, days) if days else None)


def annual(amount: Value, portfolio_days: Value) -> Value:
    """amount x 365 / (portfolio x days): the same as amount / average x 365 / days, rounded once."""
    return None if amount is None else ratio(int(Decimal(amount) * YEAR), portfolio_days, scale=10_000)


AVERAGE = computed(
    "{0} / {1}",
    lambda whole, days: ratio(whole, days, scale=1),
    Term("Portfolio of each calendar day", MONEY, calendar_days(GLP)),
    Term("Calendar days", "count", number(lambda period: len(days_of(period)) or None)),
)


def a_year_of(term: Term) -> Spec:
    """What stands behind an amount of the period as a rate a year on the average portfolio."""
    return computed("{0} x 365 / {1}", annual, term, Term("Portfolio of each calendar day", MONEY, calendar_days(GLP)))


def months_of(period: Period) -> list[str]:
    """The calendar months that the period consists of, as YYYY-MM, oldest first; empty when it cuts one."""
    first, last = period.stretch.first, period.stretch.last
    if first.day != 1 or (last + ONE_DAY).day != 1:
        return []
    count = months_between(first.isoformat()[:7], last.isoformat()[:7]) + 1
    index = first.year * 12 + first.month - 1
    return [f"{one // 12:04d}-{one % 12 + 1:02d}" for one in range(index, index + count)]


def quarter_sheet(period: Period) -> SheetNumbers | None:
    """The sheet at the end of a period that is one to three whole months; None for others."""
    return period.sheet(SHEET) if 1 <= len(months_of(period)) <= 3 else None


def month_behind(name: str, unit: str = MONEY) -> Spec:
    """The loans behind a number of the period's months; nothing is known of a period that cuts a month."""

    def spec(period: Period, dimension: str) -> Behind:
        if quarter_sheet(period) is None:
            return unknown(unit)(period, dimension)
        months = months_of(period)
        terms = [Term(month, unit, tape(SHEET, of_part(name, "month", month), unit)) for month in months]
        return signed(*terms)(period, dimension)

    return spec


def unknown(unit: str) -> Spec:
    """What no sheet tells of this period."""
    return lambda period, dimension: Rows("Loans", period.currency if unit == MONEY else unit, lambda: (), known=False)


def lent_in(period: Period, name: str) -> Value:
    """What the sheet says of the loans disbursed in the months of the period (lent, lent_n); n/a as of_months."""
    found = quarter_sheet(period)
    if found is None:
        return None
    return sum(found.numbers[of_part(name, "vintage", month)] for month in months_of(period))


def lent_behind(name: str, unit: str = MONEY) -> Spec:
    """The loans behind it."""

    def spec(period: Period, dimension: str) -> Behind:
        if quarter_sheet(period) is None:
            return unknown(unit)(period, dimension)
        months = months_of(period)
        return signed(*(Term(one, unit, tape(SHEET, of_part(name, "vintage", one), unit)) for one in months))(
            period, dimension
        )

    return spec


def of_months(period: Period, name: str) -> Value:
    """The sum of a number of the sheet over the period's months; n/a for a period that cuts a month."""
    found = quarter_sheet(period)
    if found is None:
        return None
    return sum(found.numbers[of_part(name, "month", month)] for month in months_of(period))
