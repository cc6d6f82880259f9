"""What is decided on a customer's KYC page."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.http import actor_of, person
from accounts.services.access import record_reveal
from cloudbank.clock import utcnow
from compliance.kyc.forms import CheckForm, DecideForm, FactorsForm, LowerForm, OwnerForm, ReasonForm, ReviewForm
from compliance.kyc.services.deciding import decide_identity
from compliance.kyc.services.lowering import ask_lower_rating, lower_ratings
from compliance.kyc.services.owners import add_owner, remove_owner, state_no_owner
from compliance.kyc.services.papers import check_paper
from compliance.kyc.services.rating import declare_factors
from compliance.kyc.views.page import KycAction
from compliance.services.reviews import complete_review


class Decide(KycAction):
    """Verified or not; of high risk a second person agrees."""

    name = "decide"
    approval_id = ""

    def form(self, request: HttpRequest) -> forms.Form:
        """The decision."""
        return DecideForm(request.POST, prefix="decide")

    def act(self, form: Any) -> None:
        """Decide, or ask."""
        said = form.cleaned_data
        asked = decide_identity(
            customer_id=self.person.user_id,
            approve=said["decision"] == "approve",
            method=said["method"],
            reason=said["reason"],
            seen=said["seen"],
            key=said["key"],
            actor=actor_of(self.request),
            name=person(self.request).name,
            now=utcnow(),
        )
        self.done = "Asked. Another person must agree." if asked else "The decision is kept."
        self.approval_id = asked.approval_id if asked else ""

    def answer(self) -> HttpResponse:
        """Back to the page, or on to the request."""
        back = super().answer()
        return redirect("approval", approval_id=self.approval_id) if self.approval_id else back


class Rate(KycAction):
    """Declare the factors."""

    name, done = "factors", "Kept. The rating and its dates follow the factors."

    def form(self, request: HttpRequest) -> forms.Form:
        """The factors."""
        return FactorsForm(request.POST, prefix="rate")

    def act(self, form: Any) -> None:
        """Rate."""
        said = form.cleaned_data
        declare_factors(
            customer_id=self.person.user_id,
            factors=form.factors(),
            company=said["company"] == "company",
            reason=said["reason"],
            seen=said["seen"],
            actor=actor_of(self.request),
            now=utcnow(),
        )


class Lower(KycAction):
    """Ask for a rating below the points."""

    name = "lower"
    approval_id = ""

    def form(self, request: HttpRequest) -> forms.Form:
        """To what, and why."""
        return LowerForm(request.POST, prefix="lower", ratings=lower_ratings(self.person, self.kyc, utcnow()))

    def act(self, form: Any) -> None:
        """Ask."""
        said = form.cleaned_data
        asked = ask_lower_rating(
            customer_id=self.person.user_id,
            **{name: said[name] for name in ("to", "reason", "seen", "key")},
            actor=actor_of(self.request),
            name=person(self.request).name,
            now=utcnow(),
        )
        self.approval_id = asked.approval_id

    def answer(self) -> HttpResponse:
        """To the request."""
        return redirect("approval", approval_id=self.approval_id)


class Review(KycAction):
    """The periodic review is done."""

    name, done = "review", "The review is kept; the next one is set by the risk."

    def form(self, request: HttpRequest) -> forms.Form:
        """The note, and whether it was enhanced."""
        return ReviewForm(request.POST, prefix="review", high=True)

    def act(self, form: Any) -> None:
        """Keep it."""
        said = form.cleaned_data
        complete_review(
            customer_id=self.person.user_id,
            note=said["note"],
            enhanced=said["enhanced"],
            actor=actor_of(self.request),
            now=utcnow(),
        )


class Check(KycAction):
    """Accept or refuse a paper."""

    done = "The paper is decided on."

    @property
    def paper_id(self) -> str:
        """The paper of the address; 404 without one."""
        paper_id = str(self.kwargs["paper"])
        if self.kyc.paper(paper_id) is None:
            raise Http404("There is no such paper.")
        return paper_id

    def form(self, request: HttpRequest) -> forms.Form:
        """The verdict."""
        self.name = f"check-{self.paper_id}"
        return CheckForm(request.POST, prefix=self.name)

    def act(self, form: Any) -> None:
        """Decide on the paper."""
        said = form.cleaned_data
        check_paper(
            customer_id=self.person.user_id,
            paper_id=self.paper_id,
            accept=said["verdict"] == "accept",
            expires_on=said["expires_on"],
            note=said["note"],
            seen=said["seen"],
            actor=actor_of(self.request),
            now=utcnow(),
        )


class AddOwner(KycAction):
    """Name a person behind a company."""

    name, done = "owner", "Kept; the name was held against the sanctions list."

    def form(self, request: HttpRequest) -> forms.Form:
        """The person."""
        return OwnerForm(request.POST, prefix="owner")

    def act(self, form: Any) -> None:
        """Add."""
        known: dict[str, Any] = {"actor": actor_of(self.request), "now": utcnow()}
        add_owner(customer_id=self.person.user_id, owner=form.owner(), seen=form.cleaned_data["seen"], **known)


class RemoveOwner(KycAction):
    """Take a person off."""

    name, done = "removal", "Taken off."

    def form(self, request: HttpRequest) -> forms.Form:
        """Who, and why."""
        return ReasonForm(request.POST, prefix="remove")

    def act(self, form: Any) -> None:
        """Remove."""
        said = form.cleaned_data
        remove_owner(
            customer_id=self.person.user_id,
            place=-1 if said["place"] is None else said["place"],
            reason=said["reason"],
            seen=said["seen"],
            actor=actor_of(self.request),
            now=utcnow(),
        )


class NoOwner(KycAction):
    """State that nobody owns so much."""

    name, done = "nobody", "Kept."

    def form(self, request: HttpRequest) -> forms.Form:
        """Who stated it."""
        return ReasonForm(request.POST, prefix="nobody")

    def act(self, form: Any) -> None:
        """Keep it."""
        said = form.cleaned_data
        state_no_owner(
            customer_id=self.person.user_id,
            reason=said["reason"],
            seen=said["seen"],
            actor=actor_of(self.request),
            now=utcnow(),
        )


class Reveal(KycAction):
    """Show the personal data in clear, once, after the reason was kept."""

    name = "reveal"

    def form(self, request: HttpRequest) -> forms.Form:
        """The reason."""
        return ReasonForm(request.POST, prefix="reveal")

    def act(self, form: Any) -> None:
        """Keep it."""
        reason = form.cleaned_data["reason"]
        record_reveal(user_id=self.person.user_id, reason=reason, actor=actor_of(self.request), now=utcnow())

    def answer(self) -> HttpResponse:
        """The page in clear."""
        self.unmasked = True
        return self.page()
