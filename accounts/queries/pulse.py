"""The bank's own numbers for the dashboards: today and the last thirty days, folded from day totals."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.closing import carry
from accounts.queries.totals import day_totals, first_day
from accounts.totals import DayTotals
from cloudbank.conf import business_date

MONTH = 30


@dataclass(frozen=True)
class Pulse:
    """Day totals from `first` up to the business date `day`, the last of which may be empty."""

    day: date
    first: date
    currency: str
    days: list[DayTotals]

    @property
    def today(self) -> DayTotals:
        """Today's totals; all zero before the first movement."""
        empty = DayTotals(self.day.isoformat(), False)
        return next((one for one in self.days if one.day == self.day.isoformat()), empty)

    @property
    def movements(self) -> int:
        """Movements of the period."""
        return sum(one.count() for one in self.days)

    @property
    def volume(self) -> int:
        """Their amounts together, minor units."""
        return sum(one.sum() for one in self.days)

    @property
    def suspicious(self) -> int:
        """Movements of the period with a badge other than OK."""
        return sum(one.numbers["suspicious"] for one in self.days)

    @property
    def new_customers(self) -> int:
        """Customers activated in the period."""
        return sum(one.numbers["customers_activated"] for one in self.days)

    @property
    def cash_taken(self) -> int:
        """Cash that came in today less what was paid out; the house's side has the opposite sign."""
        return -self.today.numbers["house_cash"]

    def deposits(self, books_begin: date | None) -> int | None:
        """Credit balances now: the last closed day's, carried over what came since; None when not known."""
        end: Mapping[str, int] | None = {} if books_begin is None or books_begin >= self.first else None
        for one in self.days:
            if one.closed:
                end = one.end
            elif end is not None:
                end = carry(end, one.numbers)
        return end.get("deposits", 0) if end is not None else None


def pulse_of_today(now: datetime, currency: str) -> Pulse:
    """Today alone: one read of the day's shards."""
    day = business_date(now)
    return Pulse(day, day, currency, day_totals(day, day, currency))


def pulse_of_month(now: datetime, currency: str) -> Pulse:
    """The thirty calendar days up to today's business date."""
    day = business_date(now)
    first = day - timedelta(days=MONTH - 1)
    return Pulse(day, first, currency, day_totals(first, day, currency))


def deposits_now(pulse: Pulse) -> int | None:
    """The bank's deposits now, minor units; None when no closed day of the period says."""
    return pulse.deposits(first_day(pulse.currency))
