"""Tier 1 capital against average total assets."""

from compliance.control import control
from compliance.entered_control import EnteredRatio


@control("capital-leverage")
class Leverage(EnteredRatio):
    """The bank is not too large for its capital, whatever its assets weigh."""

    title = "Tier 1 leverage ratio"
    obligation = "Tier 1 capital is at least 4 % of average total assets; a bank is well capitalised from 5 % on."
    source = "12 CFR 324.10(a)(1)(iv), 324.403; 12 CFR 208.43"
    gauge_label = "Tier 1 leverage ratio"
    formula = "Tier 1 capital / average total assets, from the figures entered of the latest day."
    warn = 500
    breach = 400
    ratio = "leverage"
    parts = ("tier1", "assets")
