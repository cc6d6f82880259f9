"""A customer's own normal: mean and spread from whole-number sums, exact and in any order. Pure."""

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, slots=True)
class Baseline:
    """`n` values, their `total` and the sum of their `squares` (all integers, so nothing is ever rounded)."""

    n: int
    total: int
    squares: int

    @property
    def mean(self) -> float:
        """The arithmetic mean; 0 without values."""
        return self.total / self.n if self.n else 0.0

    @property
    def deviation(self) -> float:
        """The sample standard deviation (n - 1); 0 with fewer than two values."""
        if self.n < 2:
            return 0.0
        return sqrt((self.n * self.squares - self.total * self.total) / (self.n * (self.n - 1)))

    def without(self, value: int) -> "Baseline":
        """The baseline before `value` was added to it."""
        return Baseline(self.n - 1, self.total - value, self.squares - value * value)

    def reached(self, value: int, tenths: int, floor_percent: int) -> bool:
        """Whether (value - mean) / sd is at least `tenths` / 10, decided in whole numbers.

        The spread counts as at least `floor_percent` of the mean: a standing order that never
        varied must not alert on a cent. Needs n >= 2.
        """
        n, above = self.n, self.n * value - self.total
        if above <= 0:
            return False
        # z^2 = above^2 (n-1) / (n * spread), spread = n*squares - total^2; and sd >= p % of the mean.
        spread = n * self.squares - self.total * self.total
        left = 100 * above * above * (n - 1)
        floor = 10 * above * 100 < tenths * floor_percent * self.total
        return left >= tenths * tenths * n * spread and not floor

    def score(self, value: int, floor_percent: int) -> float:
        """(value - mean) / sd as people read it, with the floor of `reached`; 0 when there is no spread at all."""
        spread = max(self.deviation, self.mean * floor_percent / 100)
        return (value - self.mean) / spread if spread else 0.0
