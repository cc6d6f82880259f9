"""How many of those who came a quarter, half a year, a year ago are still here."""

from accounts.closing import ACTIVE_DAYS
from accounts.customer_sheet import CustomerRow
from cloudbank.quarters import Quarter
from reporting.cuts import PEOPLE_CUTS
from reporting.figures import COUNT, PERCENT, percent, shown
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Column, Section, Table
from reporting.people import PEOPLE, SHEET, days_between
from reporting.periods import Period
from reporting.sheet_rows import month_names
from reporting.specs import Term, ratio

AFTER = {1: "1 quarter", 2: "2 quarters", 4: "4 quarters"}
KEPT = {after: f"Still customers after {words}" for after, words in AFTER.items()}
ALIVE = {after: f"Still active after {words}" for after, words in AFTER.items()}
MOST = 5
"""So many quarters of activation stand in the table, the period's own first."""


def _formulas() -> dict[str, str]:
    found = {}
    for after, words in AFTER.items():
        found[KEPT[after]] = (
            f"Of the people activated in the quarter that ended {words} before this one: who has not left / all."
        )
        found[ALIVE[after]] = "The same, with an own movement in the last 90 days as well / all."
    return found


FORMULAS = _formulas()


def cohort_months(period: Period, back: int) -> list[str]:
    """The months (YYYY-MM) of the quarter so many quarters before the period; none when it is no quarter."""
    quarter = period.stretch
    if not isinstance(quarter, Quarter):
        return []
    for _ in range(back):
        quarter = quarter.previous()
    return month_names(quarter.first.year * 12 + quarter.first.month - 1, 3)


def cohort(period: Period, back: int) -> tuple[int, int, int] | None:
    """(activated in that quarter, of them still customers, of them active); None when the sheet does not tell."""
    found, months = period.sheet(SHEET), cohort_months(period, back)
    if found is None or not months:
        return None
    kept, alive = (sum(found.numbers[f"{name}@activated:{month}"] for month in months) for name in ("kept", "alive"))
    return sum(found.numbers[f"cohort@activated:{month}"] for month in months), kept, alive


def _behind(back: int, kind: str) -> Term:
    def one(row: CustomerRow, period: Period) -> int | None:
        if not row.activated_on or row.activated_on[:7] not in cohort_months(period, back):
            return None
        if kind == "all":
            return 1
        found = period.sheet(SHEET)
        is_active = bool(found and row.own_on and days_between(row.own_on, found.day) < ACTIVE_DAYS)
        return 1 if not row.exited_on and (kind == "kept" or is_active) else None

    label = {"all": "Activated then", "kept": "Not left", "alive": "Not left, and active"}[kind]
    return Term(label, COUNT, PEOPLE.spec(one, COUNT))


ROWS = {
    name: ratio(_behind(after, kind), _behind(after, "all"), 10_000)
    for kind, names in (("kept", KEPT), ("alive", ALIVE))
    for after, name in names.items()
}


def in_words(section: Section, quarter: str) -> list[str]:
    """Who stayed."""
    said = [
        f"{shown(section.figure(KEPT[after]).value, PERCENT)} after {words}"
        for after, words in AFTER.items()
        if section.figure(KEPT[after]).value is not None
    ]
    return [f"Of the people won, still customers are {', '.join(said)}."] if said else []


@metric("retention", title="Retention", order=66, words=in_words, rows=ROWS, cuts=PEOPLE_CUTS, sheet=SHEET)
def retention(period: Period) -> Measured:
    """Retention of cohorts: people by the quarter in which they were activated, one, two and four quarters later.

    Formula: of the people activated in a quarter, who has not left (and who has moved money of their own within 90
    days) / all of them, as of the end of this quarter. Who came back counts in the quarter of their last activation.
    Unit: percent; people.
    Source: the customers sheet that was sealed with the last business day of the quarter.
    """
    measures = []
    for after in AFTER:
        size, kept, alive = cohort(period, after) or (None, None, None)
        measures.append(Measure(KEPT[after], percent(kept, size), PERCENT, FORMULAS[KEPT[after]]))
        measures.append(Measure(ALIVE[after], percent(alive, size), PERCENT, FORMULAS[ALIVE[after]]))
    return Measured(tuple(measures), tables=_tables(period))


def _tables(period: Period) -> tuple[Table, ...]:
    columns = (
        Column("Activated in"),
        Column("People", COUNT),
        Column("Not left", COUNT),
        Column("Not left, share", PERCENT),
        Column("Active", COUNT),
        Column("Active, share", PERCENT),
    )
    rows = []
    quarter = period.stretch
    for back in range(MOST):
        found = cohort(period, back)
        if found and found[0]:
            size, kept, alive = found
            rows.append((quarter.label, size, kept, percent(kept, size), alive, percent(alive, size)))
        quarter = quarter.previous()
    return (Table("cohorts", "Cohorts at the end of the period", columns, tuple(rows)),) if rows else ()
