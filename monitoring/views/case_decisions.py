"""What a person may do on a case's page: the permission, the form, and what is done; each answers a sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest

from accounts.http import actor_of, person
from accounts.states import BLOCK_DEBITS, Transition
from accounts.states import FREEZE as FREEZING
from cloudbank.clock import utcnow
from cloudbank.wording import last_four
from monitoring.casework import CaseFile
from monitoring.forms.alerts import DecisionForm, FreezeForm, ReopenForm
from monitoring.forms.cases import CloseCaseForm, DetachForm, NoteForm, OwnerForm, PaperForm, SubjectForm
from monitoring.services.case_closing import ask_to_close, close_case, needs_second_person, reopen_case, words_of
from monitoring.services.case_work import (
    add_note,
    add_paper,
    add_subject,
    assign_case,
    protect_from_case,
)
from monitoring.services.cases import detach_alert

WORK, FREEZE, BLOCK = "monitoring.work_case", "accounts.freeze_account", "accounts.block_account"
Run = Callable[[HttpRequest, CaseFile, dict[str, Any], dict[str, Any]], str]
"""From the request, the case, the form's data, and who does it to which case when."""


@dataclass(frozen=True)
class Decision:
    """Something a person may do: its permission, its form, and the function that does it."""

    permission: str
    form: type[forms.Form]
    run: Run


def common(request: HttpRequest, case: CaseFile) -> dict[str, Any]:
    """Who does it to which case, when."""
    return {"case_id": case.case_id, "actor": actor_of(request), "now": utcnow()}


def _note(request: HttpRequest, case: CaseFile, data: dict[str, Any], known: dict[str, Any]) -> str:
    add_note(text=data["note"], **known)
    return "Noted."


def _paper(request: HttpRequest, case: CaseFile, data: dict[str, Any], known: dict[str, Any]) -> str:
    paper = add_paper(name=str(data["file"].name), content=data["file"].read(), **known)
    return f"{paper.title}.{paper.extension} is kept with the case."


def _subject(request: HttpRequest, case: CaseFile, data: dict[str, Any], known: dict[str, Any]) -> str:
    add_subject(kind=data["kind"], key=data["subject"], revision=data["revision"], **known)
    return "Added."


def _assign(request: HttpRequest, case: CaseFile, data: dict[str, Any], known: dict[str, Any]) -> str:
    assign_case(owner_id=data["owner"], revision=data["revision"], **known)
    return "Assigned."


def _take(request: HttpRequest, case: CaseFile, data: dict[str, Any], known: dict[str, Any]) -> str:
    assign_case(owner_id=known["actor"].user_id, revision=data["revision"], **known)
    return "This case is yours now."


def _close(request: HttpRequest, case: CaseFile, data: dict[str, Any], known: dict[str, Any]) -> str:
    ending = {"reason_code": data["reason_code"], "note": data["note"], "revision": data["revision"]}
    if needs_second_person(case, data["reason_code"]):
        ask_to_close(name=person(request).name, **ending, **known)
        return f"Asked. A second person decides whether it is closed as {words_of(data['reason_code'])}."
    close_case(**ending, **known)
    return f"Closed as {words_of(data['reason_code'])}."


def _reopen(request: HttpRequest, case: CaseFile, data: dict[str, Any], known: dict[str, Any]) -> str:
    reopen_case(reason=data["reason"], revision=data["revision"], **known)
    return "Under investigation again."


def _detach(request: HttpRequest, case: CaseFile, data: dict[str, Any], known: dict[str, Any]) -> str:
    detach_alert(alert_id=data["alert"], reason=data["reason"], revision=data["revision"], **known)
    return "The alert is back in the queue."


def _freeze(request: HttpRequest, case: CaseFile, data: dict[str, Any], known: dict[str, Any]) -> str:
    return _protect(data, known, FREEZING, "is frozen")


def _block(request: HttpRequest, case: CaseFile, data: dict[str, Any], known: dict[str, Any]) -> str:
    return _protect(data, known, BLOCK_DEBITS, "takes money in and lets none out")


def _protect(data: dict[str, Any], known: dict[str, Any], transition: Transition, said: str) -> str:
    about = {"account_id": data["account"], "reason": data["reason"], "revision": data["revision"]}
    protect_from_case(transition=transition, **about, **known)
    return f"Account {last_four(data['account'])} {said}. Another person must release it."


DECISIONS = {
    "note": Decision(WORK, NoteForm, _note),
    "paper": Decision(WORK, PaperForm, _paper),
    "subject": Decision(WORK, SubjectForm, _subject),
    "assign": Decision(WORK, OwnerForm, _assign),
    "take": Decision(WORK, DecisionForm, _take),
    "close": Decision(WORK, CloseCaseForm, _close),
    "reopen": Decision(WORK, ReopenForm, _reopen),
    "detach": Decision(WORK, DetachForm, _detach),
    "freeze": Decision(FREEZE, FreezeForm, _freeze),
    "block": Decision(BLOCK, FreezeForm, _block),
}
