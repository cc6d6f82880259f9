"""Makes the rules' thresholds and the alerts' deadlines known to the house's parameters."""

from dataclasses import asdict

from cloudbank.parameters import Parameter, declare, declared
from monitoring.rulebook import RULES, SEVERITIES

SLA_HOURS = {"critical": 4, "high": 24, "medium": 72, "low": 240}


def sla_code(severity: str) -> str:
    """The parameter that holds the hours in which an alert of this severity must be decided."""
    return f"alert.sla.{severity}"


def _declare_rules() -> None:
    known = {parameter.code for parameter in declared()}
    for rule in RULES:
        for threshold in rule.parameters:
            if threshold.code not in known:
                declare(Parameter(**asdict(threshold)))
                known.add(threshold.code)


def _declare_deadlines() -> None:
    for severity in SEVERITIES:
        declare(
            Parameter(
                code=sla_code(severity),
                label=f"Hours in which an alert of {severity} severity is to be decided",
                kind="hours",
                default=SLA_HOURS[severity],
                source="bank policy; critical within a shift, so that a CTR (31 CFR 1010.306) is filed in time",
                minimum=1,
                maximum=24 * 90,
            )
        )


_declare_rules()
_declare_deadlines()
