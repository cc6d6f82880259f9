"""How the compliance score stood over the period, from the snapshots that were kept day by day."""

from collections.abc import Sequence
from typing import Any

from reporting.figures import COUNT, Value, average, shown
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Section
from reporting.periods import Period
from reporting.sheet_rows import SheetRows, months_of, of_months, sheet_of_months
from reporting.specs import Term, ratio

SHEET = "compliance"
MEAN, LOWEST, MEASURED = "Compliance score, average", "Compliance score, lowest", "Days with a score"
FORMULAS = {
    MEAN: "Sum of the daily scores (0 to 100) / days with a score, rounded to a whole point. A day's score counts the "
    "controls that every reader of the compliance page sees.",
    LOWEST: "The smallest daily score.",
    MEASURED: "Calendar days of the period on which the controls' snapshot was kept and the score could be measured.",
}


def _score(row: Any, period: Period) -> int | None:
    return int(row.score) if _day(row, period) else None


def _day(row: Any, period: Period) -> int | None:
    return 1 if row.id[:7] in months_of(period) else None


def _smallest(values: Sequence[int]) -> Value:
    return min(values, default=None)


_DAYS = SheetRows(SHEET, "Day", "")
_MEASURED = Term(MEASURED, COUNT, _DAYS.spec(_day, COUNT, months=True))
ROWS = {
    MEAN: ratio(Term("Scores, added up", COUNT, _DAYS.spec(_score, COUNT, months=True)), _MEASURED, 1),
    LOWEST: _DAYS.spec(_score, COUNT, months=True, fold=_smallest, says="the smallest"),
    MEASURED: _MEASURED.spec,
}


def in_words(section: Section, quarter: str) -> list[str]:
    """Average and lowest."""
    mean, lowest = section.figure(MEAN), section.figure(LOWEST)
    if mean.value is None:
        return []
    return [
        f"The compliance score was {shown(mean.value, COUNT)} of 100 on average and never below "
        f"{shown(lowest.value, COUNT)}."
    ]


@metric("compliance_score", title="Compliance score", order=80, words=in_words, icon="shield-check", rows=ROWS)
def compliance_score(period: Period) -> Measured:
    """The compliance score over the period, from the daily snapshots of all controls; n/a where none was kept.

    Formula: average = sum of the daily scores / days with a score; lowest = the smallest of them.
    Unit: points of 100; days.
    Source: the compliance sheet that was sealed with the last business day of the month, made of the snapshots that
    manage.py snapshot_controls keeps once a day.
    """
    found = sheet_of_months(period, SHEET)
    days, added = of_months(found, period, "days"), of_months(found, period, "score")
    lowest: Value = None
    if found:
        places = [place for place in range(len(months_of(period))) if found.numbers[f"days_{place}"]]
        lowest = min((found.numbers[f"lowest_{place}"] for place in places), default=None)
    values = [(MEAN, average(added, days)), (LOWEST, lowest), (MEASURED, days)]
    return Measured(tuple(Measure(name, value, COUNT, FORMULAS[name]) for name, value in values))
