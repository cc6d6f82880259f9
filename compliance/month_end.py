"""The compliance sheet of a month end: the score of each day of which the controls' snapshot was kept."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from django.conf import settings

from accounts.loans.rows import months_back
from accounts.month_ends import Ended, InMemory, Sheet, sheet
from compliance.queries import standing

CODE = "compliance"
WINDOW = 93
"""Days back: no three months are longer."""


class ScoreRow(NamedTuple):
    """A calendar day with a snapshot whose score could be measured: the one over the controls that everybody may see,
    for reports are read by people who must not learn how the others stand. `id` is its ISO date."""

    id: str
    score: int


def of_row(row: ScoreRow, today: date) -> dict[str, int]:
    """What a day adds: `days_<n>` and `score_<n>` of the month that ends (0) and the two before it."""
    months = {month: place for place, month in enumerate(months_back(today))}
    place = months.get(row.id[:7])
    return {} if place is None else {f"days_{place}": 1, f"score_{place}": row.score}


def fold(rows: Iterable[ScoreRow], today: date) -> Counter[str]:
    """The sums, and by month `lowest_<n>`; `last` is the score of the newest day."""
    numbers: Counter[str] = Counter()
    newest, months = "", {month: place for place, month in enumerate(months_back(today))}
    for row in rows:
        numbers.update(of_row(row, today))
        if (place := months.get(row.id[:7])) is not None:
            name = f"lowest_{place}"
            numbers[name] = min(numbers[name], row.score) if name in numbers else row.score
        if row.id > newest:
            newest, numbers["last"] = row.id, row.score
    return numbers


def live(ended: Ended) -> Iterator[ScoreRow]:
    """The kept snapshots up to the end of the day; of the bank's own currency, so that none is counted twice."""
    if ended.currency == settings.BANK_CURRENCY:
        for one in standing.history(ended.day, WINDOW):
            if one.open_score is not None:
                yield ScoreRow(one.day, one.open_score)


def told(memory: InMemory, ended: Ended) -> Iterator[ScoreRow]:
    """Nobody took snapshots of a bank that was brought in whole."""
    yield from ()


SCORES = sheet(
    Sheet(
        code=CODE,
        title="Compliance score",
        row=ScoreRow,
        live=live,
        told=told,
        fold=lambda rows, ended: fold(rows, ended.day),
        of_row=lambda row, ended: of_row(row, ended.day),
    )
)
