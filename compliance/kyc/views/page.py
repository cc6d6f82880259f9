"""/compliance/kyc/<user_id>: all that is known of who a customer is, and what may be decided."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.views.generic import View

from accounts.ledger import Refused
from accounts.models import User
from accounts.models.people import HIGH, VERIFIED
from accounts.parameters import asks_second_person, limits_of
from accounts.queries.audit_words import told
from accounts.queries.people import users
from accounts.views.person_facts import facts_of
from cloudbank import parameters
from cloudbank.approvals import Approval, open_one, standing_one
from cloudbank.approvals import NotAllowed as Refusal
from cloudbank.audit import subject_of
from cloudbank.clock import from_iso, utcnow
from cloudbank.forms import UNPROCESSABLE
from cloudbank.money import format_amount
from compliance.kyc.checks import DOCUMENTS, WITHOUT, problems
from compliance.kyc.forms import CheckForm, DecideForm, FactorsForm, LowerForm, OwnerForm, ReasonForm, ReviewForm
from compliance.kyc.models import KycFile
from compliance.kyc.owners import RELIEF, Owner
from compliance.kyc.papers import ACCEPTED, STATES, WAITING, Paper
from compliance.kyc.queries import customer, file_of, records
from compliance.kyc.rating import Rated, rate
from compliance.kyc.services.deciding import VERIFY
from compliance.kyc.services.filing import WORK, today_of
from compliance.kyc.services.lowering import LOWER, lower_ratings
from compliance.kyc.terms import OWNER_PERCENT, PROOF_DAYS, terms_of
from compliance.services.reviews import EARLY
from compliance.steps import NotAllowed

CANNOT = (NotAllowed, Refusal, Refused)


@dataclass(frozen=True)
class PaperRow:
    """A paper as the page shows it, with the form to check it."""

    paper: Paper
    state: str
    by: str
    form: CheckForm | None
    soon: bool = False

    @property
    def word(self) -> str:
        """The state in words."""
        return STATES[self.state]

    @property
    def sent_at(self) -> datetime:
        """When it came."""
        return from_iso(self.paper.sent_at)

    @property
    def expires_on(self) -> date | None:
        """Its last day."""
        return date.fromisoformat(self.paper.expires_on) if self.paper.expires_on else None


@dataclass(frozen=True)
class OwnerRow:
    """A person behind the company, with the form to take them off."""

    owner: Owner
    form: ReasonForm | None


class KycPage(PermissionRequiredMixin, View):
    """The page; its actions are views of their own that answer with it when something is wrong."""

    permission_required: Any = "compliance.view_kyc"
    unmasked = False

    @cached_property
    def person(self) -> User:
        """The customer of the address, or 404."""
        found = customer(self.kwargs["user_id"])
        if found is None:
            raise Http404("There is no such customer.")
        return found

    @cached_property
    def kyc(self) -> KycFile:
        """The customer's file."""
        return file_of(self.person.user_id)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show it."""
        return self.page()

    def page(self, status: int = 200, **answered: forms.Form) -> HttpResponse:
        """The page; `answered` are forms that were sent and have errors, by name."""
        return render(self.request, "compliance/kyc/file.html", self.context(answered), status=status)

    def context(self, answered: dict[str, forms.Form]) -> dict[str, Any]:
        """What is known, and what this colleague may do."""
        person, kyc, now = self.person, self.kyc, utcnow()
        today, values = today_of(now), parameters.snapshot(now)
        percent = values.number(OWNER_PERCENT.code)
        may_work = self.request.user.has_perm(WORK)
        seen = {"seen": kyc.version}
        limits = limits_of(person.kyc_status, now)
        lowering = open_one(f"{LOWER}#{subject_of(person)}", now, LOWER)
        lower = [] if lowering or not may_work else lower_ratings(person, kyc, now)
        fresh = rate(kyc.declared, terms_of(now)) if kyc.declared else None
        known: dict[str, Any] = {
            "tab": "kyc",
            "person": person,
            "kyc": kyc,
            "facts": facts_of(person, unmasked=self.unmasked),
            "unmasked": self.unmasked,
            "may_work": may_work,
            "may_add": self.request.user.has_perm("compliance.add_kyc_paper"),
            "working": kyc.working,
            "rated_on": date.fromisoformat(kyc.rated_on) if kyc.rated_on else None,
            "drifted": _drifted(kyc.working, fresh),
            "terms": terms_of(now),
            "limits": [
                ("One movement", f"{format_amount(limits.movement, limits.currency)} {limits.currency}"),
                ("A business day", f"{format_amount(limits.day, limits.currency)} {limits.currency}"),
            ],
            "second": asks_second_person(person.risk_rating, now),
            "pending": _waiting(person, now),
            "problems": [text for text, _ in problems(person, kyc, DOCUMENTS, today, percent)],
            "review_open": person.kyc_status == VERIFIED and _is_due(person, today),
            "enhanced_due": date.fromisoformat(person.enhanced_due) if person.enhanced_due else None,
            "papers": self.paper_rows(today, values.number(PROOF_DAYS.code), may_work, answered),
            "owners": [
                OwnerRow(one, ReasonForm(prefix="remove", initial=seen | {"place": place}) if may_work else None)
                for place, one in enumerate(kyc.all_owners())
            ],
            "owned": f"{sum(one.share for one in kyc.all_owners()) / 100:g}",
            "percent": percent,
            "relief": RELIEF,
            "told": [(one, from_iso(one.record.at)) for one in told(records(person.user_id))],
            "lowering": lowering,
        }
        return known | self.empty_forms(today, lower) | answered

    def empty_forms(self, today: date, lower: Any) -> dict[str, forms.Form | None]:
        """The empty forms, by name; each carries the version of the file that is shown. `lower`: as lower_ratings."""
        person, seen = self.person, {"seen": self.kyc.version}
        return {
            "reveal": ReasonForm(prefix="reveal", initial=seen),
            "factors": FactorsForm(prefix="rate", initial=seen | self.declared()),
            "lower": LowerForm(prefix="lower", initial=seen, ratings=lower) if lower else None,
            "decide": DecideForm(
                prefix="decide",
                initial=seen | {"method": self.method(today)},
                rejects_only=person.kyc_status == VERIFIED,
            ),
            "review": ReviewForm(prefix="review", high=person.risk_rating == HIGH),
            "owner": OwnerForm(prefix="owner", initial=seen),
            "nobody": ReasonForm(prefix="nobody", initial=seen),
        }

    def declared(self) -> dict[str, Any]:
        """The factors as they stand; of a new file only what the customer's record says."""
        company = {"company": "company" if self.person.is_company else "person"}
        return (self.kyc.factors or {}) | company

    def method(self, today: date) -> str:
        """How the identity is likely verified."""
        return DOCUMENTS if self.kyc.shows_identity(today) else WITHOUT

    def paper_rows(self, today: date, soon: int, may_work: bool, answered: dict[str, forms.Form]) -> list[PaperRow]:
        """The papers, those to check first, then the newest."""
        papers = self.kyc.all_papers()
        people = users({one.sent_by for one in papers})
        ahead = (today + timedelta(days=soon)).isoformat()
        rows = []
        for one in papers:
            state = one.state_on(today)
            initial = {"seen": self.kyc.version, "expires_on": one.expires_on}
            form = answered.get(f"check-{one.paper_id}") or CheckForm(prefix=f"check-{one.paper_id}", initial=initial)
            who = people[one.sent_by].name if one.sent_by in people else one.sent_by
            expiring = state == ACCEPTED and bool(one.expires_on) and one.expires_on <= ahead
            rows.append(PaperRow(one, state, who, form if may_work else None, expiring))  # type: ignore[arg-type]
        return sorted(rows, key=lambda row: (row.state != WAITING, _backwards(row.paper.sent_at), row.paper.paper_id))


def _backwards(moment: str) -> float:
    return -from_iso(moment).timestamp()


def _is_due(person: User, today: date) -> bool:
    dates = [one for one in (person.kyc_review_on, person.enhanced_due) if one]
    return bool(dates) and min(dates) <= (today + EARLY).isoformat()


def _drifted(kept: Rated | None, fresh: Rated | None) -> Rated | None:
    """What today's policy would make of the same factors, when it is not the same."""
    if kept is None or fresh is None or (kept.rating, kept.points) == (fresh.rating, fresh.points):
        return None
    return fresh


def _waiting(person: User, now: datetime) -> Approval | None:
    """The verification that waits for a second person, or None."""
    found = standing_one(subject_of(person), now)
    return found if found and found.code == VERIFY else None


class KycAction(KycPage):
    """Something decided on the page: POST only; errors come back on it."""

    http_method_names = ["post"]
    permission_required = WORK
    name = ""
    done = "Kept."

    def form(self, request: HttpRequest) -> forms.Form:
        """The form that was sent."""
        raise NotImplementedError

    def act(self, form: Any) -> None:
        """The one domain call; raises NotAllowed, Refused or approvals.NotAllowed."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it and show the page again, or say why not."""
        self.person  # noqa: B018  404 before anything else
        form = self.form(request)
        if form.is_valid():
            try:
                self.act(form)
            except CANNOT as refusal:
                field = refusal.field if refusal.field in form.fields else None
                form.add_error(field, refusal.message)
            else:
                return self.answer()
        del self.person
        self.__dict__.pop("kyc", None)
        return self.page(UNPROCESSABLE, **{self.name: form})

    def answer(self) -> HttpResponse:
        """Back to the page."""
        messages.success(self.request, self.done)
        return redirect("kyc_file", user_id=self.kwargs["user_id"])
