"""Makes the rules' thresholds and the alerts' deadlines known to the house's parameters."""

from dataclasses import asdict
from datetime import datetime

from accounts import places
from cloudbank.conf import bank_calendar
from cloudbank.parameters import TEXTS, Parameter, Snapshot, TextKind, declare, declared
from monitoring.deadlines import Desk
from monitoring.patternbook import PATTERNS
from monitoring.rulebook import RULES, SEVERITIES

TEXTS["places"] = TextKind(
    "Each branch with latitude and longitude in degrees: main 40.71 -74.01, airport 40.64 -73.78.", places.complaint
)
SLA = {"critical": ("hours", 4), "high": ("days", 1), "medium": ("days", 3), "low": ("days", 10)}
"""In which business time an alert of each severity is to be decided."""
OPENS, CLOSES, LEASE = "alert.desk.opens", "alert.desk.closes", "alert.lease"
SNOOZE_DAYS = "alert.snooze"


def sla_code(severity: str) -> str:
    """The parameter that holds the business hours or days in which an alert of this severity must be decided."""
    return f"alert.sla.{severity}"


def desk(snapshot: Snapshot) -> Desk:
    """When the analysts work, as the parameters in force say."""
    return Desk(bank_calendar(), snapshot.number(OPENS), snapshot.number(CLOSES))


def decide_by(opened: datetime, severity: str, snapshot: Snapshot) -> datetime:
    """When an alert of this severity that opens at an instant must be decided."""
    return desk(snapshot).after(opened, **{SLA[severity][0]: snapshot.number(sla_code(severity))})


def _declare_rules() -> None:
    known = {parameter.code for parameter in declared()}
    for rule in (*RULES, *PATTERNS):
        for threshold in rule.parameters:
            if threshold.code not in known:
                declare(Parameter(**asdict(threshold)))
                known.add(threshold.code)


def _declare_deadlines() -> None:
    for severity in SEVERITIES:
        kind, default = SLA[severity]
        declare(
            Parameter(
                code=sla_code(severity),
                label=f"Business {kind} in which an alert of {severity} severity is to be decided",
                kind=kind,
                default=default,
                source="bank policy; critical within a shift, so that a CTR (31 CFR 1010.306) is filed in time",
                minimum=1,
                maximum=90,
            )
        )


def _declare_desk() -> None:
    hours = (
        (OPENS, "The analysts' day begins at this hour of the bank's clock", "hours", 9, 0, 11),
        (CLOSES, "The analysts' day ends at this hour of the bank's clock", "hours", 17, 12, 24),
        (
            LEASE,
            "Minutes for which an alert is held after its holder was last seen on it",
            "int",
            5,
            2,
            60,
        ),
        (SNOOZE_DAYS, "Days for which a rule may be snoozed for a customer, at most", "days", 180, 1, 180),
    )
    for code, label, kind, default, minimum, maximum in hours:
        declare(Parameter(code, label, kind, default, "bank policy", minimum, maximum))


_declare_rules()
_declare_deadlines()
_declare_desk()
