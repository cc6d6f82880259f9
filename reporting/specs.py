"""The usual specs of what stands behind a figure (reporting.behind). Pure.

`cells("s")`: the cube by day; `flows("net_new")`: a number of the days; `level("deposits")`: what the period ended
with, as its start and the change of each day; `start("deposits")`; `tape("loans", "glp")`: a month-end sheet's rows;
`ratio`, `signed` and `computed` put them together.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from accounts.closing import carry
from accounts.ledger import OPENING
from accounts.month_ends import SHEETS
from accounts.numbers import grouped
from accounts.totals import CellName, DayTotals
from cloudbank.clock import ONE_DAY
from reporting.behind import Behind, Formula, Given, Link, Part, Row, Rows, Spec, added
from reporting.cuts import holds
from reporting.figures import COUNT, Value
from reporting.figures import ratio as divided
from reporting.periods import Period

DAY = "Business day"
MONEY = "money"
"""A unit that stands for the report's currency."""
_SUSPICIOUS = "suspicious"
InDay = Callable[[Period, DayTotals, str], bool]
"""Whether a day counts, for a measure of this dimension."""
OfDay = Callable[[DayTotals], int]
LinkOfDay = Callable[[Period, str], Link | None]


def _unit(unit: str, period: Period) -> str:
    return period.currency if unit == MONEY else unit


def every_day(period: Period, day: DayTotals, dimension: str) -> bool:
    """All days of the period."""
    return True


@dataclass(frozen=True)
class Term:
    """A part of a formula, declared: what it is called, its unit, its spec."""

    label: str
    unit: str
    spec: Spec

    def of(self, period: Period, dimension: str) -> Part:
        """The part."""
        return Part(self.label, _unit(self.unit, period), self.spec(period, dimension))


# Rows.


def by_day(of_day: OfDay, unit: str, *, link: LinkOfDay | None = None, days: InDay = every_day) -> Spec:
    """A number of each business day."""

    def spec(period: Period, dimension: str) -> Rows:
        def read() -> Iterator[Row]:
            for day in period.days:
                if days(period, day, dimension) and (value := of_day(day)):
                    yield Row(day.day, value, (link or all_movements)(period, day.day))

        return Rows(DAY, _unit(unit, period), read)

    return spec


def flows(*names: str, unit: str = MONEY, sign: int = 1, link: LinkOfDay | None = None) -> Spec:
    """The sum of these numbers of the days (accounts.totals)."""
    return by_day(lambda day: sign * sum(day.numbers.get(name, 0) for name in names), unit, link=link)


def cells(
    name: str,
    *,
    days: InDay = every_day,
    hour: Callable[[Period], int | None] | None = None,
    fold: Callable[[Sequence[int]], Value] = added,
    says: str = "",
) -> Spec:
    """Count (n), volume (s) or suspicious count of the cube's cells by day: of the measure's type, channel, branch ...

    The dimension of the measure narrows it, and so does the period's cut; `hour` narrows it to an hour.
    """

    def spec(period: Period, dimension: str) -> Rows:
        at = hour(period) if hour else None
        wanted = dict(period.cut) | _narrowed(dimension)
        query = tuple((key, text) for key, text in wanted.items()) + ((("hour", str(at)),) if at is not None else ())
        query += (("badge", _SUSPICIOUS),) if name == _SUSPICIOUS else ()

        def fits(cell: CellName) -> bool:
            inside = cell.type != OPENING and at in (None, cell.hour) and holds(period.cut, cell)
            return inside and all(getattr(cell, key) == text for key, text in _narrowed(dimension).items())

        def read() -> Iterator[Row]:
            for day in period.days:
                value = sum(numbers.get(name, 0) for cell, numbers in day.cells.items() if fits(cell))
                if value and days(period, day, dimension):
                    yield Row(day.day, value, movements(day.day, query))

        return Rows(DAY, period.currency if name == "s" else COUNT, read, fold, says)

    return spec


def _narrowed(dimension: str) -> dict[str, str]:
    kind, _, name = dimension.partition(": ")
    return {kind: name} if kind in CellName.__dataclass_fields__ else {}


def level(name: str, unit: str = MONEY, *, missing: Value = None, link: LinkOfDay | None = None) -> Spec:
    """What the period ended with: what it began with, and the change of each day.

    `missing`: what a figure is that no closed day knows, None or 0.
    """

    def spec(period: Period, dimension: str) -> Behind:
        def read() -> Iterator[Row]:
            before = period.opening.get(name, 0)
            if before:
                yield _at_start(period, before)
            for day, now in levels(period, name):
                if now != before:
                    yield Row(day.day, now - before, (link or all_movements)(period, day.day), note="change on the day")
                before = now

        known = name in period.closing
        return Rows("Start and change of each day", _unit(unit, period), read, known=known or missing is not None)

    return spec


def start(name: str, unit: str = MONEY, *, missing: Value = None) -> Spec:
    """What the business day before the period ended with."""

    def spec(period: Period, dimension: str) -> Behind:
        known = name in period.opening or missing is not None
        return Rows(
            "End of day", _unit(unit, period), lambda: [_at_start(period, period.opening.get(name, 0))], known=known
        )

    return spec


def year_ago(name: str, unit: str = MONEY) -> Spec:
    """What the same period of the year before ended with."""

    def spec(period: Period, dimension: str) -> Behind:
        ended = period.stretch.year_ago().last
        value = period.year_ago.get(name, 0)
        rows = [Row(f"At the end of {ended.isoformat()}", value, trial_balance(ended, period.currency))]
        return Rows("End of day", _unit(unit, period), lambda: rows, known=name in period.year_ago)

    return spec


def _at_start(period: Period, value: int) -> Row:
    before = period.stretch.first - ONE_DAY
    return Row(f"At the end of {before.isoformat()}", value, trial_balance(before, period.currency))


def levels(period: Period, name: str) -> Iterator[tuple[DayTotals, int]]:
    """Each business day with what it ended with; open days are carried forward."""
    end = dict(period.opening)
    for day in period.days:
        end = dict(day.end) if day.closed else {**end, **carry(end, day.numbers)}
        yield day, end.get(name, 0)


def end_of_days(name: str, fold: Callable[..., Value], unit: str = MONEY, says: str = "") -> Spec:
    """The smallest or largest of what the business days ended with."""

    def spec(period: Period, dimension: str) -> Behind:
        def read() -> Iterable[Row]:
            return [Row(day.day, value, movements(day.day)) for day, value in levels(period, name)]

        return Rows("End of business day", _unit(unit, period), read, fold, says)

    return spec


def calendar_days(name: str, unit: str = MONEY) -> Spec:
    """What each calendar day ended with, one by one: days without business as the business day before them."""

    def spec(period: Period, dimension: str) -> Behind:
        def read() -> Iterator[Row]:
            known = {date.fromisoformat(day.day): value for day, value in levels(period, name)}
            value = period.opening.get(name, 0)
            for day in days_of(period):
                value = known.get(day, value)
                yield Row(day.isoformat(), value, movements(day.isoformat()) if day in known else None)

        return Rows("Calendar day", _unit(unit, period), read, known=bool(period.days))

    return spec


def days_of(period: Period) -> list[date]:
    """The calendar days that averages run over: the period's, from the first one that the books know."""
    if not period.days:
        return []
    day = period.stretch.first if period.opening else date.fromisoformat(period.days[0].day)
    return [day + n * ONE_DAY for n in range((period.as_of - day).days + 1)]


def tape(code: str, name: str, unit: str = MONEY, *, before: bool = False) -> Spec:
    """The rows of a month-end sheet that add up to one of its numbers; `before`: of the sheet the period began with."""

    def spec(period: Period, dimension: str) -> Behind:
        found = period.sheet_before(code) if before else period.sheet(code)

        def read() -> Iterator[Row]:
            sheet = SHEETS[code]
            if found is None:
                return
            for row in found.tape():
                if value := sheet.of_row(row, found.ended).get(name, 0):
                    yield Row(_readable(row.id), value, Link(sheet.view, (row.id,)) if sheet.view else None)

        title = f"{SHEETS[code].title} on {found.day}" if found else SHEETS[code].title
        return Rows(title, _unit(unit, period), read, known=found is not None)

    return spec


def _readable(row_id: str) -> str:
    """Numbers of accounts and loans as people read them."""
    return grouped(row_id) if row_id.isdigit() else row_id


def listed(
    what: str,
    unit: str,
    rows: Callable[[Period, str], Iterable[Row]],
    fold: Callable[..., Value] = added,
    says: str = "",
) -> Spec:
    """Rows of one's own making; `says` how the figure comes from them when it is not their sum."""
    return lambda period, dimension: Rows(what, _unit(unit, period), lambda: rows(period, dimension), fold, says)


def named(make: Callable[[str], Spec]) -> Spec:
    """A spec that depends on the name in the measure's dimension: "savings" of "product: savings", "" of none."""
    return lambda period, dimension: make(dimension.partition(": ")[2])(period, dimension)


def whole(spec: Spec) -> Spec:
    """The same over all dimensions: the denominator of a share."""
    return lambda period, dimension: spec(period, "")


# Formulas.


def number(of: Callable[[Period], Value] | int) -> Spec:
    """A number that is no sum of rows."""
    return lambda period, dimension: Given(of(period) if callable(of) else of)


def computed(words: str, compute: Callable[..., Value], *terms: Term) -> Spec:
    """Any formula over terms; `words` has {0}, {1} for them."""
    return lambda period, dimension: Formula(words, tuple(one.of(period, dimension) for one in terms), compute)


def either(usual: Spec, under_a_cut: Spec) -> Spec:
    """One source for the whole bank, another for a part of it."""
    return lambda period, dimension: (under_a_cut if period.cut else usual)(period, dimension)


def ratio(part: Term, whole: Term, scale: int) -> Spec:
    """part / whole x scale, rounded half to even; 10,000 for percent."""
    return computed("{0} / {1}", lambda a, b: divided(a, b, scale=scale), part, whole)


def signed(*terms: Term, minus: Iterable[str] = ()) -> Spec:
    """The terms added up, those named in `minus` taken off."""
    signs = [-1 if one.label in set(minus) else 1 for one in terms]
    words = " ".join(f"{'-' if sign < 0 else '+'} {{{place}}}" for place, sign in enumerate(signs))

    def compute(*values: Value) -> Value:
        if any(value is None for value in values):
            return None
        return sum(sign * (value or 0) for sign, value in zip(signs, values, strict=True))

    return computed(words.removeprefix("+ "), compute, *terms)


# Links.


def movements(day: str, query: Iterable[tuple[str, str]] = ()) -> Link:
    """The bank's movements of a business day."""
    return Link("movements", query=(("day", day), *query))


def nowhere(period: Period, day: str) -> None:
    """No page lists what this counts."""


def all_movements(period: Period, day: str) -> Link:
    """All movements of a business day."""
    return movements(day)


def of_type(type_: str) -> LinkOfDay:
    """The movements of a type on a business day."""
    return lambda period, day: movements(day, (("type", type_),))


def trial_balance(day: date, currency: str) -> Link:
    """What all accounts of the bank held at the end of a day."""
    return Link("trial_balance", query=(("day", day.isoformat()), ("currency", currency)))


def house_statement(code: str) -> LinkOfDay:
    """A house account's statement of a business day."""

    def link(period: Period, day: str) -> Link:
        asked = (("account", code), ("currency", period.currency), ("first", day), ("last", day))
        return Link("house_statement", query=asked)

    return link
