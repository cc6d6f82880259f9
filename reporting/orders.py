"""What is asked for: a period, metrics (or a saved pack of them), a currency, a comparison, a cut. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloudbank.stretches import Stretch
from reporting.beside import BOTH
from reporting.cuts import WHOLE, Cut, cut_of
from reporting.metrics import METRICS, Metric, in_order

MOST_NAMED = 3
"""So many metrics stand in a file's name; more are counted there."""


@dataclass(frozen=True)
class Order:
    """One report to build. `pack_title` is the saved pack's; "" when the metrics were chosen one by one."""

    stretch: Stretch
    metrics: tuple[Metric, ...]
    currency: str
    compare: str = BOTH
    cut: Cut = WHOLE
    pack_code: str = ""
    pack_title: str = ""

    @property
    def title(self) -> str:
        """What is built, in words."""
        return self.pack_title or ("All metrics" if not self.special else ", ".join(one.title for one in self.metrics))

    @property
    def special(self) -> list[str]:
        """What sets its files' names apart from those of the usual report: pack, some metrics, comparison, part."""
        codes = [] if self.pack_code or len(self.metrics) == len(METRICS) else self.codes
        if len(codes) > MOST_NAMED:
            codes = [f"{len(codes)} metrics", hashlib.sha256(" ".join(codes).encode()).hexdigest()[:8]]
        compared = [] if self.compare == BOTH else [f"beside {self.compare}"]
        return [*([self.pack_code] if self.pack_code else codes), *compared, *(code for _, code in self.cut)]

    @property
    def codes(self) -> list[str]:
        """The metrics' codes in the report's order."""
        return [metric.code for metric in self.metrics]

    def as_data(self) -> dict[str, Any]:
        """What is stored of it: everything but what its label says of the period."""
        return {
            "period": self.stretch.label,
            "codes": self.codes,
            "currency": self.currency,
            "compare": self.compare,
            "cut": dict(self.cut),
            "pack": [self.pack_code, self.pack_title],
        }


def order_from(data: Mapping[str, Any], stretch: Stretch) -> Order:
    """The inverse of `as_data`; a metric that this program does not have any more is left out."""
    known = {metric.code: metric for metric in in_order()}
    code, title = data.get("pack", ("", ""))
    return Order(
        stretch=stretch,
        metrics=tuple(known[one] for one in data["codes"] if one in known),
        currency=data["currency"],
        compare=data.get("compare", BOTH),
        cut=cut_of(data.get("cut", {})),
        pack_code=code,
        pack_title=title,
    )
