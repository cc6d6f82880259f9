"""What a person may do on an alert's page: the permission, the form, and what is done; each answers a sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from accounts.http import actor_of, person
from accounts.states import BLOCK_DEBITS, Transition
from accounts.states import FREEZE as FREEZING
from cloudbank.clock import utcnow
from cloudbank.wording import last_four
from monitoring.forms.alerts import AssignForm, CloseForm, DecisionForm, FreezeForm, ReopenForm, SnoozeForm, TakeForm
from monitoring.forms.cases import EscalateForm
from monitoring.models import Alert
from monitoring.patternbook import named
from monitoring.services.alerts import assign_alert, protect_from_alert, release_alert
from monitoring.services.cases import WORK as WORK_CASE
from monitoring.services.cases import escalate
from monitoring.services.closing import close_alert, needs_second_person, reopen_alert
from monitoring.services.refuting import ask_to_refute
from monitoring.services.snoozing import snooze_rule

WORK, FREEZE, BLOCK = "monitoring.work_alert", "accounts.freeze_account", "accounts.block_account"
Run = Callable[[HttpRequest, Alert, Any], str]


@dataclass(frozen=True)
class Decision:
    """Something a person may do: its permission, its form, and the function that does it."""

    permission: str
    form: type[DecisionForm]
    run: Run


def _common(request: HttpRequest, alert: Alert, form: Any) -> dict[str, Any]:
    return {
        "alert_id": alert.alert_id,
        "revision": form.cleaned_data["revision"],
        "actor": actor_of(request),
        "now": utcnow(),
    }


def _assign(request: HttpRequest, alert: Alert, form: Any) -> str:
    data = form.cleaned_data
    assign_alert(assignee_id=data["assignee"], reason=data["reason"], **_common(request, alert, form))
    return "Assigned."


def _take(request: HttpRequest, alert: Alert, form: Any) -> str:
    known = _common(request, alert, form)
    assign_alert(assignee_id=known["actor"].user_id, reason=form.cleaned_data["reason"], **known)
    return "This alert is yours now."


def _release(request: HttpRequest, alert: Alert, form: Any) -> str:
    release_alert(**_common(request, alert, form))
    return "Back in the queue."


def _close(request: HttpRequest, alert: Alert, form: Any) -> str:
    ending, known = form.ending, _common(request, alert, form)
    if needs_second_person(alert, ending):
        key = f"{alert.alert_id}#{known['revision']}"
        ask_to_refute(ending=ending, key=key, name=person(request).name, **known)
        return f"Asked. A second person decides whether it is closed as {ending.words}."
    close_alert(reason_code=ending.reason_code, note=ending.note, duplicate_of=ending.duplicate_of, **known)
    return f"Closed as {ending.words}."


def _reopen(request: HttpRequest, alert: Alert, form: Any) -> str:
    reopen_alert(reason=form.cleaned_data["reason"], **_common(request, alert, form))
    return "Open again; its time to decide runs anew."


def _freeze(request: HttpRequest, alert: Alert, form: Any) -> str:
    return _protect(request, alert, form, FREEZING, "is frozen")


def _block(request: HttpRequest, alert: Alert, form: Any) -> str:
    return _protect(request, alert, form, BLOCK_DEBITS, "takes money in and lets none out")


def _protect(request: HttpRequest, alert: Alert, form: Any, transition: Transition, said: str) -> str:
    data, known = form.cleaned_data, _common(request, alert, form)
    protect_from_alert(account_id=data["account"], reason=data["reason"], transition=transition, **known)
    return f"Account {last_four(data['account'])} {said}. Another person must release it."


def _escalate(request: HttpRequest, alert: Alert, form: Any) -> str:
    data = form.cleaned_data
    case = escalate(
        alerts=[(alert.alert_id, data["revision"])],
        case_id=data["case"],
        title=data["title"],
        reason=data["reason"],
        key=data["key"],
        actor=actor_of(request),
        now=utcnow(),
    )
    return f"Escalated into the case {case.title!r}."


def _snooze(request: HttpRequest, alert: Alert, form: Any) -> str:
    data = form.cleaned_data
    snooze_rule(
        customer_id=alert.customer_id,
        rule_code=data["rule"],
        until=data["until"],
        reason=data["reason"],
        alert_id=alert.alert_id,
        anew=False,
        actor=actor_of(request),
        now=utcnow(),
    )
    rule, until = named(data["rule"]), f"{data['until']:%-d %b %Y}"
    title = f"{rule.number} {rule.title}" if rule else data["rule"]
    return f"Rule {title}: no alert for this customer until {until}. It goes on counting."


DECISIONS = {
    "assign": Decision(WORK, AssignForm, _assign),
    "take": Decision(WORK, TakeForm, _take),
    "release": Decision(WORK, DecisionForm, _release),
    "close": Decision(WORK, CloseForm, _close),
    "reopen": Decision(WORK, ReopenForm, _reopen),
    "escalate": Decision(WORK_CASE, EscalateForm, _escalate),
    "snooze": Decision(WORK, SnoozeForm, _snooze),
    "freeze": Decision(FREEZE, FreezeForm, _freeze),
    "block": Decision(BLOCK, FreezeForm, _block),
}
