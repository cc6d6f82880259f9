"""Tier 1 capital against risk-weighted assets."""

from compliance.control import control
from compliance.entered_control import EnteredRatio


@control("capital-tier1")
class TierOne(EnteredRatio):
    """There is enough tier 1 capital."""

    title = "Tier 1 ratio"
    obligation = (
        "Tier 1 capital is at least 6 % of risk-weighted assets; with the conservation buffer 8.5 %. A bank is well "
        "capitalised from 8 % on."
    )
    source = "12 CFR 324.10(a)(1)(ii), 324.11, 324.403; 12 CFR 208.43"
    gauge_label = "Tier 1 ratio"
    formula = "Tier 1 capital / risk-weighted assets, from the figures entered of the latest day."
    warn = 850
    breach = 600
    ratio = "tier1"
    parts = ("tier1", "weighted")
