"""One corrective action: its page, its steps, its evidence."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.views.generic import View

from accounts.http import actor_of
from accounts.queries.people import users
from cloudbank import documents
from cloudbank.clock import from_iso, utcnow
from cloudbank.documents import StoredDocument
from cloudbank.exports import safe_filename
from cloudbank.forms import UNPROCESSABLE
from cloudbank.lists.taken import Taker, take_away
from compliance.controls import find_control
from compliance.forms import EvidenceForm, StepForm
from compliance.models import PRIORITIES, CorrectiveAction
from compliance.queries import actions as queries
from compliance.services.actions import answers_for, move_action
from compliance.services.evidence import MOST_PAPERS, add_evidence
from compliance.steps import OWN_STEPS, NotAllowed, Status, Step, steps_from, why_not_close
from compliance.views.rows import events, status_badge, status_label

VIEW, WORK, ANSWER = "compliance.view_action", "compliance.work_action", "compliance.answer_action"


class OneAction(PermissionRequiredMixin):
    """Views of one action."""

    permission_required = VIEW
    request: HttpRequest
    kwargs: dict[str, Any]

    @cached_property
    def item(self) -> CorrectiveAction:
        """The action, or 404."""
        item = queries.action(self.kwargs["action_id"])
        if item is None or (item.secret and not self.request.user.has_perm(item.secret)):
            raise Http404("There is no such action.")
        return item

    def page(
        self, form: StepForm | None = None, status: int = 200, evidence: EvidenceForm | None = None
    ) -> HttpResponse:
        """The action with its evidence, its history and the steps that lead on."""
        item, user, actor = self.item, self.request.user, actor_of(self.request)
        may_work, is_own = user.has_perm(WORK), answers_for(self.item, actor)
        may_add = (may_work or is_own) and not item.is_closed
        known = {
            "tab": "actions",
            "item": item,
            "status_badge": status_badge(item),
            "priority": PRIORITIES.get(item.priority, ""),
            "control": find_control(item.control_code),
            "events": events(queries.records(item)),
            "steps": steps_for(item, actor.user_id, may_work=may_work, is_own=is_own),
            "may_edit": may_work and not item.is_closed,
            "papers": papers_of(item),
            "evidence_form": (evidence or EvidenceForm(initial={"version": item.version})) if may_add else None,
            "most_papers": MOST_PAPERS,
            "form": form,
            "opened_at": from_iso(item.opened_at),
            "stages": stages(item),
        }
        return render(self.request, "compliance/action.html", known, status=status)


def steps_for(item: CorrectiveAction, user_id: str, *, may_work: bool, is_own: bool) -> list[tuple[Step, str]]:
    """The steps that are this person's to take, each with why they cannot take it ("" when they can)."""
    theirs = [step for step in steps_from(item.status) if may_work or (is_own and step.code in OWN_STEPS)]
    why = why_not_close(by=user_id, ready_by=item.ready_by, owner=item.owner_id)
    return [(step, why if step.target is Status.CLOSED else "") for step in theirs]


def papers_of(item: CorrectiveAction) -> list[tuple[Any, str, Any]]:
    """(file, who added it, when), in the order in which they came."""
    people = users({one.by for one in item.evidence})
    return [(one, people[one.by].name if one.by in people else one.by, from_iso(one.at)) for one in item.evidence]


def stages(item: CorrectiveAction) -> list[tuple[str, str]]:
    """The way of an action: each stage with "done", "now" or ""."""
    way = [Status.OPEN, Status.IN_PROGRESS, Status.READY, Status.CLOSED]
    here = way.index(Status.OPEN if item.status == Status.REOPENED else Status(item.status))
    words = [status_label(one) for one in way]
    if item.status == Status.REOPENED:
        words[0] = status_label(Status.REOPENED)
    return [
        (word, "done" if place < here or item.is_closed else "now" if place == here else "")
        for place, word in enumerate(words)
    ]


class ActionView(OneAction, View):
    """One action."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page."""
        return self.page()


class OwnWork(OneAction):
    """What changes an action: for its owner, and for who works on actions; 403 for everybody else."""

    permission_required = ANSWER

    def has_permission(self) -> bool:
        """Either is enough; an action that is not there is 404 for who may answer for some."""
        if not super().has_permission():
            return False
        return self.request.user.has_perm(WORK) or answers_for(self.item, actor_of(self.request))


class StepView(OwnWork, View):
    """Take a step: who works on actions any of them, the owner theirs."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Move the action, or show the page again with what is wrong."""
        form = StepForm(request.POST)
        if not form.is_valid():
            return self.page(form, UNPROCESSABLE)
        asked = form.cleaned_data
        try:
            item = move_action(
                action_id=self.item.transaction_id,
                step=asked["step"],
                note=asked["note"],
                version=asked["version"],
                actor=actor_of(request),
                now=utcnow(),
            )
        except NotAllowed as error:
            form.add_error(error.field or None, error.message)
            del self.item
            return self.page(form, UNPROCESSABLE)
        messages.success(request, f"The action is {status_label(item.status).lower()} now.")
        return redirect("action", action_id=item.transaction_id)


class EvidenceView(OwnWork, View):
    """Add a file that shows what was done."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep it, or show the page again with what is wrong."""
        form = EvidenceForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.page(evidence=form, status=UNPROCESSABLE)
        file = form.cleaned_data["file"]
        try:
            add_evidence(
                action_id=self.item.transaction_id,
                name=str(file.name),
                content=file.read(),
                version=form.cleaned_data["version"],
                actor=actor_of(request),
                now=utcnow(),
            )
        except NotAllowed as error:
            form.add_error("file" if error.field else None, error.message)
            del self.item
            return self.page(evidence=form, status=UNPROCESSABLE)
        messages.success(request, "The file is kept with the action.")
        return redirect("action", action_id=self.item.transaction_id)


class EvidenceFileView(OneAction, View):
    """A file of an action: always a download, and kept in the trail of who took it."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The bytes, proven to be those that were stored."""
        found = self.item.paper(self.kwargs["paper"])
        if found is None:
            raise Http404("There is no such file.")
        actor = actor_of(request)
        facts = [("Action", self.item.transaction_id), ("What", f"{found.title}.{found.extension}, {found.sha256}")]
        taker = Taker(actor.user_id, actor.role, actor.source)
        take_away(
            taker,
            path=request.path,
            extension=found.extension,
            facts=facts,
            now=utcnow(),
            secret=bool(self.item.secret),
        )
        content = documents.read_document(StoredDocument(found.stored, found.size, found.sha256))
        name = safe_filename(found.title, found.extension)
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        return HttpResponse(content, content_type="application/octet-stream", headers=headers)
