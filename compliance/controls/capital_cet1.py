"""Common equity tier 1 capital against risk-weighted assets."""

from compliance.control import control
from compliance.entered_control import EnteredRatio


@control("capital-cet1")
class CommonEquity(EnteredRatio):
    """There is enough of the best capital."""

    title = "CET1 ratio"
    obligation = (
        "Common equity tier 1 capital is at least 4.5 % of risk-weighted assets; with the conservation buffer of 2.5 % "
        "7 %, below which distributions are limited."
    )
    source = "12 CFR 324.10(a)(1)(i), 324.11, 324.403; 12 CFR 208.43"
    gauge_label = "CET1 ratio"
    formula = "CET1 capital / risk-weighted assets, from the figures entered of the latest day."
    warn = 700
    breach = 450
    ratio = "cet1"
    parts = ("cet1", "weighted")
