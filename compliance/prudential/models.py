"""The item kind of entered figures: capital and liquidity as of one day, by whom and when. Minor units."""

from datetime import date

from pynamodb.attributes import UnicodeAttribute

from accounts.prudential import coverage, share_down
from cloudbank.audit import Audited
from cloudbank.tables import IntegerAttribute, TransactionsItem

GROUP = "prudential-figures"
"""Group of the index by_day with all of them, in the order of their days."""
AMOUNTS = {
    "cet1": "Common equity tier 1 capital",
    "tier1": "Tier 1 capital",
    "total": "Total capital",
    "weighted": "Risk-weighted assets",
    "assets": "Average total assets",
    "liquid": "High-quality liquid assets",
    "outflows": "Cash outflows over 30 days",
    "inflows": "Cash inflows over 30 days",
}
"""Field -> what it is called. Liquidity is 0 for a bank to which the rule does not apply."""


class PrudentialFigures(Audited, TransactionsItem, discriminator="prudential_figures"):
    """What people entered of one day. A correction changes it, with its record: before, after, who, when, why."""

    as_of = UnicodeAttribute()
    cet1 = IntegerAttribute()
    tier1 = IntegerAttribute()
    """With CET1 in it."""
    total = IntegerAttribute()
    """With tier 1 in it."""
    weighted = IntegerAttribute()
    assets = IntegerAttribute()
    liquid = IntegerAttribute(default=0)
    outflows = IntegerAttribute(default=0)
    inflows = IntegerAttribute(default=0)
    note = UnicodeAttribute()
    """Where the figures are from."""
    entered_by = UnicodeAttribute()
    entered_name = UnicodeAttribute()
    entered_at = UnicodeAttribute()

    @staticmethod
    def key(as_of: date) -> str:
        """The hash key: one set of figures a day."""
        return f"figures#{as_of.isoformat()}"

    @property
    def day(self) -> date:
        """The day that they are of."""
        return date.fromisoformat(self.as_of)

    @property
    def ratios(self) -> dict[str, int | None]:
        """The five ratios in basis points, rounded down, by code (12 CFR 324.10, 249.10)."""
        return {
            "cet1": share_down(self.cet1, self.weighted),
            "tier1": share_down(self.tier1, self.weighted),
            "total": share_down(self.total, self.weighted),
            "leverage": share_down(self.tier1, self.assets),
            "lcr": coverage(self.liquid, self.outflows, self.inflows),
        }

    def file(self) -> None:
        """Set the keys of the index."""
        self.day_group, self.day_order = GROUP, self.as_of
