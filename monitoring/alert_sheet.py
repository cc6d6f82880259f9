"""The alerts sheet: the alerts that a month end knows of, as they stood then, and the numbers they give. Pure.

Rows: what is open, and what was opened or decided in the three months that end with the sheet. Names of the numbers:
`open open_<days> open_oldest`; of the month that ends and the two before it (_0, _1, _2) `opened decided confirmed
refuted` (the first two also @severity:, all also @rule:, where an alert of two rules counts under both),
`due met` (decided, with a deadline; in time), `hours_<n>` (decided, by whole hours from opening), `reported in_time`
(reportable cash: decided so, and within the days that the law gives).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from accounts.loans.rows import months_back
from monitoring.performance import CONFIRMED, FALSE_POSITIVE

REPORTABLE = "reportable"
"""The reason of an alert whose cash was reported."""
FILING_DAYS = 15
"""31 CFR 1010.306(a)(1): a report is filed within 15 days following the day of the transaction."""
AGES = ((7, "0-7"), (30, "8-30"), (90, "31-90"))
OLDER = "over 90"
AGE_NAMES = (*(name for _, name in AGES), OLDER)
"""Buckets of calendar days since an open alert was opened; disjoint."""


class AlertRow(NamedTuple):
    """An alert at the end of a day. `closed_on` and what follows are empty while it is open."""

    id: str
    rules: str
    """Codes, with a space between."""
    severity: str
    opened_on: str
    opened_at: str
    due_at: str
    closed_on: str
    closed_at: str
    outcome: str
    reason: str

    @property
    def hours(self) -> int:
        """Whole hours from opening to the decision."""
        took = datetime.fromisoformat(self.closed_at) - datetime.fromisoformat(self.opened_at)
        return max(0, int(took.total_seconds() // 3600))


def age_of(days: int) -> str:
    """The bucket of an open alert's age."""
    return next((name for most, name in AGES if days <= most), OLDER)


def days_open(row: AlertRow, day: str) -> int:
    """Calendar days since it was opened."""
    return max(0, (date.fromisoformat(day) - date.fromisoformat(row.opened_on)).days)


def of_row(row: AlertRow, today: date) -> Counter[str]:
    """What one alert adds to the numbers."""
    months = {month: place for place, month in enumerate(months_back(today))}
    found: Counter[str] = Counter()
    if not row.closed_on:
        found.update({"open": 1, f"open@severity:{row.severity}": 1})
        found[f"open_{age_of(days_open(row, today.isoformat()))}"] += 1
    if (place := months.get(row.opened_on[:7])) is not None:
        found.update(_by(row, "opened", place))
    if (place := months.get(row.closed_on[:7])) is not None:
        found.update(_decided(row, place))
    return found


def _by(row: AlertRow, name: str, place: int) -> dict[str, int]:
    parts = ["", f"@severity:{row.severity}", *(f"@rule:{rule}" for rule in row.rules.split())]
    return {f"{name}_{place}{part}": 1 for part in parts}


def _decided(row: AlertRow, place: int) -> Counter[str]:
    found = Counter(_by(row, "decided", place))
    found[f"hours_{row.hours}_{place}"] += 1
    for outcome, name in ((CONFIRMED, "confirmed"), (FALSE_POSITIVE, "refuted")):
        if row.outcome == outcome:
            found.update(_by(row, name, place))
    if row.due_at:
        found.update({f"due_{place}": 1, f"met_{place}": int(row.closed_at <= row.due_at)})
    if row.reason == REPORTABLE:
        took = (date.fromisoformat(row.closed_on) - date.fromisoformat(row.opened_on)).days
        found.update({f"reported_{place}": 1, f"in_time_{place}": int(took <= FILING_DAYS)})
    return found


def fold(rows: Iterable[AlertRow], today: date) -> Counter[str]:
    """The numbers of a whole sheet."""
    numbers: Counter[str] = Counter()
    for row in rows:
        numbers.update(of_row(row, today))
        if not row.closed_on:
            numbers["open_oldest"] = max(numbers["open_oldest"], days_open(row, today.isoformat()))
    return Counter({name: number for name, number in sorted(numbers.items()) if number})


def hours(numbers: Mapping[str, int], places: Iterable[int]) -> Counter[int]:
    """Decided alerts by whole hours from opening, of these months (0 is the sheet's own)."""
    ends, found = {f"_{place}" for place in places}, Counter[int]()
    for name, number in numbers.items():
        if name.startswith("hours_") and name[-2:] in ends:
            found[int(name[:-2].removeprefix("hours_"))] += number
    return found
