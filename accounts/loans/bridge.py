"""The principal of all loans from one day to another: what was lent, added, repaid, written off. Pure, minor units.

Gross loan portfolio at the end = at the start + disbursed + capitalised - principal repaid - charged off.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from accounts.ledger.splits import PARTS, packed_split
from accounts.loans.state import LoanState
from accounts.totals import CAPITALISED_UNPOSTED, DayTotals


def split_of(before: LoanState, after: LoanState) -> str:
    """What a movement did to the parts of a loan, for its posting."""
    return packed_split({name: getattr(after, name) - getattr(before, name) for name in PARTS})


@dataclass(frozen=True)
class Bridge:
    """One month, or the part of it that the days cover. `sealed` is the end as the last closed day of it has it."""

    currency: str
    first: date
    last: date
    opening: int
    disbursed: int = 0
    capitalised: int = 0
    repaid: int = 0
    charged_off: int = 0
    interest_paid: int = 0
    fees_paid: int = 0
    sealed: int | None = None
    """None while its last day is open."""
    loans: int | None = None
    """What the loans themselves say at that end: the sum of their outstanding principal."""

    @property
    def moved(self) -> bool:
        """Whether anything happened to the principal or was paid beside it."""
        flows = (self.disbursed, self.capitalised, self.repaid, self.charged_off, self.interest_paid, self.fees_paid)
        return any(flows)

    @property
    def closing(self) -> int:
        """The principal at its end."""
        return self.opening + self.disbursed + self.capitalised - self.repaid - self.charged_off

    @property
    def residual(self) -> int:
        """What does not foot: 0, or the books were tampered with."""
        return 0 if self.sealed is None else self.closing - self.sealed


def bridges(currency: str, opening: int, days: Iterable[DayTotals]) -> list[Bridge]:
    """The bridge of each month that the days (in order) touch; `opening`: the principal before the first of them."""
    months: dict[str, list[DayTotals]] = {}
    for day in days:
        months.setdefault(day.day[:7], []).append(day)
    found: list[Bridge] = []
    for some in months.values():
        found.append(_bridge(currency, found[-1].closing if found else opening, some))
    return found


def _bridge(currency: str, opening: int, days: list[DayTotals]) -> Bridge:
    def total(name: str) -> int:
        return sum(day.numbers[name] for day in days)

    flows = {name: total(f"loan_{name}") for name in PARTS}
    flows["capitalised"] += total(CAPITALISED_UNPOSTED)
    first, last = (date.fromisoformat(day.day) for day in (days[0], days[-1]))
    end: Mapping[str, int] = days[-1].end if days[-1].closed else {}
    sealed, loans = end.get("book_principal"), end.get("loan_glp", 0 if end else None)
    return Bridge(currency, first, last, opening, **flows, sealed=sealed, loans=loans)
