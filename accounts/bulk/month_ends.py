"""What a bulk run's customers, accounts and loans were at each month end it passed: closing these days reads it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from accounts.models import ToldTape
from accounts.month_ends import SHEETS, Ended, InMemory, is_month_end
from accounts.month_ends.tape import Part, Recorder
from cloudbank.conf import bank_calendar


@dataclass
class ToldMonths:
    """The tapes of one run. Told of each business day it comes to, before anything of that day happens."""

    import_id: str
    here: InMemory
    _day: date | None = None
    _tapes: dict[tuple[str, str, date], list[Part]] = field(default_factory=dict)

    def reach(self, day: date) -> None:
        """It is this business day now: of the month ends before it, the bank is as they left it."""
        if self._day and day > self._day:
            for ended in bank_calendar().days(self._day, day):
                if ended < day and is_month_end(ended, bank_calendar()):
                    self._note(ended)
        self._day = max(day, self._day or day)

    def items(self) -> Iterator[ToldTape]:
        """What closing the run's days reads; also of the last one, which the run ends in."""
        if self._day and is_month_end(self._day, bank_calendar()):
            self._note(self._day)
        for (currency, code, day), parts in self._tapes.items():
            for number, part in enumerate(parts):
                yield ToldTape(
                    account_id=ToldTape.key(currency, day.isoformat(), code, self.import_id, number),
                    version=1,
                    fields=list(SHEETS[code].row._fields),
                    data=part.data,
                    more=number + 1 < len(parts),
                )

    def _note(self, day: date) -> None:
        for currency in sorted({state.currency for state in self.here.states.values()}):
            for code in SHEETS.codes():
                self._tapes[currency, code, day] = _parts(SHEETS[code].told(self.here, Ended(day, currency)))


def _parts(rows: Iterable[object]) -> list[Part]:
    parts: list[Part] = []
    for _ in Recorder(parts.append).through(rows):
        pass
    return parts
