"""Restatements: what this period took back of periods that were reported before. Their figures stay as they were."""

from collections.abc import Iterable

from accounts.corrections import Correction
from accounts.names import type_name
from reporting.behind import Link, Row
from reporting.figures import COUNT, shown
from reporting.metrics import Measure, Measured, metric
from reporting.pack import DAY, Column, Section, Table
from reporting.periods import Period
from reporting.specs import MONEY, listed

NUMBER, AMOUNT, DEPOSITS = "Corrections of earlier periods", "Amount taken back", "Effect on deposits"
FORMULAS = {
    NUMBER: "Reversals booked in the period of movements whose business date lies before it.",
    AMOUNT: "Sum of what they took back, whichever way the money went.",
    DEPOSITS: "By how much deposit accounts grew with them; between two deposit accounts nothing.",
}


def restated(period: Period) -> list[Correction]:
    """The corrections that the period booked of movements before it, in the order of booking."""
    first = period.stretch.first.isoformat()
    return [one for day in period.days for one in day.corrections if one.corrects_on < first]


def _rows(period: Period, values: Iterable[int]) -> list[Row]:
    return [
        Row(f"{one.booked_on}: {type_name(one.type)} of {one.corrects_on}", value, Link("receipt", (one.by_movement,)))
        for one, value in zip(restated(period), values, strict=True)
    ]


ROWS = {
    NUMBER: listed("Correction", COUNT, lambda period, _: _rows(period, (1 for _ in restated(period)))),
    AMOUNT: listed("Correction", MONEY, lambda period, _: _rows(period, (one.amount for one in restated(period)))),
    DEPOSITS: listed("Correction", MONEY, lambda period, _: _rows(period, (one.deposits for one in restated(period)))),
}


def in_words(section: Section, quarter: str) -> list[str]:
    """How much of the past was corrected."""
    number, amount = section.figure(NUMBER), section.figure(AMOUNT)
    if not number.value:
        return []
    return [
        f"In {quarter} {shown(number.value, COUNT)} movements of earlier periods were taken back, "
        f"{shown(amount.value, amount.unit)} {amount.unit} in all; the reports of those periods stay as they were."
    ]


@metric("restatements", title="Restatements", order=95, words=in_words, icon="arrow-counterclockwise", rows=ROWS)
def restatements(period: Period) -> Measured:
    """Corrections booked in this period of movements of earlier ones: a log, never a silent change of a past report.

    Formula: reversals with a business date in the period whose movement has one before the period.
    Unit: movements; the report's currency.
    Source: the marks of reversed movements, each proven against the two movements it names by verify_ledger.
    """
    found = restated(period)
    values = [
        (NUMBER, len(found), COUNT),
        (AMOUNT, sum(one.amount for one in found), period.currency),
        (DEPOSITS, sum(one.deposits for one in found), period.currency),
    ]
    measures = tuple(Measure(name, value, unit, FORMULAS[name]) for name, value, unit in values)
    return Measured(measures, tables=(log(period, found),) if found else ())


def log(period: Period, found: Iterable[Correction]) -> Table:
    """What, when, how much, which period's movement, which figure."""
    columns = (
        Column("Booked on", DAY),
        Column("Corrects", DAY),
        Column("What"),
        Column("Taken back", period.currency),
        Column("Effect on deposits", period.currency),
        Column("Figure it would change"),
        Column("Movement"),
    )
    rows = tuple(
        (one.booked_on, one.corrects_on, type_name(one.type), one.amount, one.deposits, one.effect, one.movement_id)
        for one in found
    )
    total = ("All", "", "", sum(row[3] for row in rows), sum(row[4] for row in rows), "", "")
    return Table("restatement_log", "Restatement log", columns, rows, total)
