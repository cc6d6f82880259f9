"""Liquid assets against what may flow out in a month."""

from compliance.control import control
from compliance.entered_control import EnteredRatio


@control("liquidity-lcr")
class LiquidityCoverage(EnteredRatio):
    """A month of stress can be paid from liquid assets."""

    title = "Liquidity coverage ratio"
    obligation = (
        "High-quality liquid assets are at least 100 % of the net cash outflows of 30 days of stress, on each business "
        "day (banks of categories I to III; others watch it by their own policy)."
    )
    source = "12 CFR 249.10, 249.30; 12 CFR 329.10"
    gauge_label = "Liquidity coverage ratio"
    formula = "Liquid assets / (outflows - inflows, these at most 75 % of the outflows), from the figures entered."
    warn = 11_000
    breach = 10_000
    ratio = "lcr"
    parts = ("liquid", "outflows", "inflows")
    missing = "No liquidity figures were entered with the latest ones."
