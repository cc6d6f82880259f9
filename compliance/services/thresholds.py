"""Changing a threshold: one person asks, another approves; only then does it take effect."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.ledger import Actor
from cloudbank import approvals, parameters
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.audit import subject_of
from cloudbank.parameters import TEXTS, Parameter, ParameterError, Value
from cloudbank.wording import day as day_in_words
from cloudbank.wording import measured
from compliance.queries import standing

CHANGE = "set_parameter"
ROOMS = {
    "limit": "Limits",
    "rule": "Monitoring rules",
    "control": "Compliance controls",
    "alert": "Alert deadlines",
    "loan": "Loans",
    "interest": "Interest",
    "fee": "Fees",
    "filing": "Filings",
    "hold": "Holds",
    "dormant": "Dormant accounts",
    "kyc": "Customer identity and risk",
    "privacy": "Privacy requests",
    "retention": "Retention",
    "action": "Corrective actions",
    "waiver": "Waivers of controls",
}
"""First part of a parameter's code -> whose it is."""


def room_of(code: str) -> str:
    """Whose parameter it is."""
    prefix = code.partition(".")[0]
    return ROOMS.get(prefix, prefix.capitalize())


def in_words(parameter: Parameter, value: Value) -> str:
    """A value as people read it."""
    if parameter.kind == "choice":
        return dict(parameter.choices).get(str(value), str(value))
    return measured(value, parameter.kind, parameter.unit, settings.BANK_CURRENCY)


def bounds(parameter: Parameter) -> str:
    """Between which values it lies; "" for a text."""
    if parameter.is_text:
        return TEXTS[parameter.kind].hint
    if parameter.kind == "choice":
        return f"One of: {', '.join(words for _, words in parameter.choices)}."
    return f"Between {in_words(parameter, parameter.minimum)} and {in_words(parameter, parameter.maximum)}."


def unit_note(parameter: Parameter) -> str:
    """What a number that is not typed as it is read means."""
    if parameter.unit.startswith("tenths of a "):
        return f"In tenths: 30 means 3.0 {parameter.unit.removeprefix('tenths of a ')}s."
    return ""


def ask_threshold(
    *, code: str, value: Value, effective_from: date, reason: str, key: str, actor: Actor, name: str, now: datetime
) -> Approval:
    """Ask for another value from a date on. Bound to the history as it is now. Raises approvals.NotAllowed."""
    setting = parameters.setting_of(code)
    return approvals.ask(
        code=CHANGE,
        content={
            "code": code,
            "value": value,
            "effective_from": effective_from.isoformat(),
            "since": setting.audit_head,
        },
        about=subject_of(setting),
        key=key,
        reason=reason,
        actor=actor,
        name=name,
        now=now,
    )


@approvals.effect(
    CHANGE,
    label="Change a threshold",
    icon="sliders",
    asks="compliance.set_threshold",
    permission="compliance.approve_threshold",
)
class ChangeThreshold(approvals.Effect):
    """The value from the asked day on, or from the day of the approval when that is later."""

    refusals = (ParameterError,)

    def shown(self, content: Any, now: datetime) -> Shown:
        """The value that would be in force on that day, and the new one."""
        parameter, value = _checked(content)
        day = max(date.fromisoformat(content["effective_from"]), now.date())
        before = parameters.value_on(parameter.code, day)
        if before == value:
            raise ParameterError(f"It is {in_words(parameter, value)} on that day already.")
        return Shown(
            f"{parameter.label}: {in_words(parameter, value)}",
            facts=[
                ("Threshold", parameter.label, parameter.code),
                ("In force from", day_in_words(day), "or from the day of the approval, when that is later"),
                ("Default", in_words(parameter, parameter.default), bounds(parameter)),
                ("Source", parameter.source, ""),
            ],
            changes=[(parameter.label, in_words(parameter, before), in_words(parameter, value))],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """Only while the history is the one that was seen."""
        _unchanged(request)

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """Set it, in the transaction of the decision."""
        content = request.content
        parameter, value = _checked(content)
        day = max(date.fromisoformat(content["effective_from"]), now.date())
        writes = parameters.setting_writes(
            _unchanged(request),
            code=parameter.code,
            value=value,
            effective_from=day,
            actor=actor,
            now=now,
            reason=request.reason,
            approved={"asked_by": request.maker_id, "approval": request.approval_id},
        )
        said = f"{in_words(parameter, value)} from {day_in_words(day)} on."
        return Outcome(said, reverse("threshold", args=[parameter.code]), writes)

    def afterwards(self, request: Approval) -> None:
        """This process uses it at once, others within seconds."""
        parameters.forget()
        standing.forget()

    def link(self, content: Any) -> tuple[str, str]:
        """The threshold's page."""
        return "Open the threshold", reverse("threshold", args=[content["code"]])


def _checked(content: Any) -> tuple[Parameter, Value]:
    return parameters.check(content["code"], content["value"]), content["value"]


def _unchanged(request: Approval) -> parameters.Setting:
    setting = parameters.setting_of(request.content["code"])
    if setting.audit_head != request.content["since"]:
        raise ParameterError("This threshold was changed since the request was made. Ask again from what is now.")
    return setting
