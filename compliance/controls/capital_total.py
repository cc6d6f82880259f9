"""Total capital against risk-weighted assets."""

from compliance.control import control
from compliance.entered_control import EnteredRatio


@control("capital-total")
class TotalCapital(EnteredRatio):
    """There is enough capital in all."""

    title = "Total capital ratio"
    obligation = (
        "Total capital is at least 8 % of risk-weighted assets; with the conservation buffer 10.5 %. A bank is well "
        "capitalised from 10 % on."
    )
    source = "12 CFR 324.10(a)(1)(iii), 324.11, 324.403; 12 CFR 208.43"
    gauge_label = "Total capital ratio"
    formula = "Total capital / risk-weighted assets, from the figures entered of the latest day."
    warn = 1050
    breach = 800
    ratio = "total"
    parts = ("total", "weighted")
