"""A configuration with Tazama's public thresholds, those that the catalogue of rules names (domain page, "Anchor").

The same code judges; what differs is which rules run, their numbers, and that each of them speaks alone: the catalogue
names no weights of typologies. What Tazama has no rule for (cash reporting, structuring, funnel, takeover, patterns
over several customers) does not run.
"""

from dataclasses import replace
from typing import Any

from monitoring.evaluation.watching import Configuration
from monitoring.rulebook import RULES

CODES = (
    *("velocity_count", "velocity_amount", "deviation", "pass_through", "fan_in", "fan_out"),
    *("dormant", "new_account", "new_payee", "same_amount", "benford"),
)
THRESHOLDS: dict[str, Any] = {
    "rule.velocity.day": 3,  # 010 and 011: band 3 within 24 hours
    "rule.velocity.hour": 10,
    "rule.velocity_amount.ratio": 150,  # 018: 1.5 times the history of three months
    "rule.velocity_amount.least": 0,
    "rule.deviation.least": 0,  # 020 and 048: three standard deviations
    "rule.pass_through.share": 90,  # 024 to 027: mirrored within 24 hours, tolerance 10 %
    "rule.pass_through.least": 0,
    "rule.fan_in.hours": 24,  # 016
    "rule.fan_out.hours": 8,  # 017
    "rule.fan_in.slow": 0,  # theirs knows no longer window
    "rule.fan_out.slow": 0,
    "rule.velocity_amount.new": 0,
    "rule.fan_in.exempt": "",
    "rule.fan_out.exempt": "",
    "rule.dormant.days": 91,  # 003 and 004: 91.3 days
    "rule.dormant.least": 0,
    "rule.new_account.days": 1,  # 001
    "rule.new_payee.share": 1,  # 030: any first payment
    "rule.new_payee.least": 0,
    "rule.same_amount.percent": 10,  # 006, 008, 021
    "rule.same_amount.least": 0,
}


def tazama(parameters: dict[str, Any]) -> Configuration:
    """The configuration; `parameters` are ours, of which it changes its own."""
    rules = [replace(RULES[code], alone=True) for code in CODES]
    return Configuration("Tazama's thresholds", rules, parameters | THRESHOLDS, patterns=False)
