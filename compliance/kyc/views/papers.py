"""Papers: sent by staff or by the customer, read by who decides. Always a download, never shown by our own pages."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.generic import View

from accounts.http import actor_of
from accounts.http import person as signed_in
from accounts.models import User
from accounts.models.people import VERIFIED
from accounts.parameters import limits_of
from cloudbank import store
from cloudbank.clock import from_iso, utcnow
from cloudbank.documents import Damaged, NotStored
from cloudbank.exports import safe_filename
from cloudbank.forms import UNPROCESSABLE
from cloudbank.money import format_amount
from compliance.kyc.forms import PaperForm
from compliance.kyc.papers import STATES
from compliance.kyc.queries import customer, file_of
from compliance.kyc.services.filing import ADD_PAPER, OWN, today_of
from compliance.kyc.services.papers import add_paper, read_paper
from compliance.steps import NotAllowed

CANNOT = (NotStored, store.StoreError)


class Upload(PermissionRequiredMixin, View):
    """What both ways of sending a paper have in common."""

    own = False
    template_name = "compliance/kyc/paper.html"
    done = "We have the paper."

    def whose(self) -> User:
        """Whose paper it is; 404 without such a customer."""
        raise NotImplementedError

    def after(self) -> HttpResponse:
        """Where it goes on."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form."""
        return self.page(PaperForm(own=self.own))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep the paper, or say what is wrong at its field."""
        whose, form = self.whose(), PaperForm(request.POST, request.FILES, own=self.own)
        if not form.is_valid():
            return self.page(form, UNPROCESSABLE)
        said = form.cleaned_data
        try:
            add_paper(
                customer_id=whose.user_id,
                kind=said["kind"],
                expires_on=said["expires_on"],
                name=said["file"].name,
                content=said["file"].read(),
                actor=actor_of(request),
                now=utcnow(),
            )
        except NotAllowed as refusal:
            form.add_error(refusal.field or None, refusal.message)
        except CANNOT as error:
            form.add_error(None, f"The paper could not be kept just now. Try again. ({type(error).__name__})")
        else:
            messages.success(request, self.done)
            return self.after()
        return self.page(form, UNPROCESSABLE)

    def page(self, form: PaperForm, status: int = 200) -> HttpResponse:
        """The page."""
        return render(self.request, self.template_name, self.context(form), status=status)

    def context(self, form: PaperForm) -> dict[str, Any]:
        """The form and whose it is."""
        return {"form": form, "person": self.whose(), "tab": "kyc"}


class StaffUpload(Upload):
    """A colleague takes a customer's paper in."""

    permission_required = ADD_PAPER
    done = "The paper is in the customer's file, to be checked."

    def whose(self) -> User:
        """The customer of the address."""
        found = customer(self.kwargs["user_id"])
        if found is None:
            raise Http404("There is no such customer.")
        return found

    def after(self) -> HttpResponse:
        """To the file for who may see it, else to the customer."""
        seen = self.request.user.has_perm("compliance.view_kyc")
        return redirect("kyc_file" if seen else "person", user_id=self.kwargs["user_id"])


class OwnPapers(Upload):
    """/compliance/papers: the customer's own papers, how they stand, what holds until the identity is verified."""

    permission_required = OWN
    own = True
    template_name = "compliance/kyc/own_papers.html"
    done = "Thank you. We check the paper and tell you here."

    def whose(self) -> User:
        """Who is signed in."""
        return signed_in(self.request)

    def after(self) -> HttpResponse:
        """The page again, with the paper."""
        return redirect("own_papers")

    def context(self, form: PaperForm) -> dict[str, Any]:
        """The papers with what became of them, and the limits of now and of later."""
        whose, now = self.whose(), utcnow()
        today = today_of(now)
        papers = [
            {
                "label": one.label,
                "title": f"{one.title}.{one.extension}",
                "state": one.state_on(today),
                "word": STATES[one.state_on(today)],
                "sent_at": from_iso(one.sent_at),
                "expires_on": date.fromisoformat(one.expires_on) if one.expires_on else None,
                "note": one.note if one.state == "refused" else "",
            }
            for one in reversed(file_of(whose.user_id).all_papers())
        ]
        here, then = limits_of(whose.kyc_status, now), limits_of(VERIFIED, now)
        limits = [
            ("One movement", _money(here.movement, here.currency), _money(then.movement, then.currency)),
            ("A business day", _money(here.day, here.currency), _money(then.day, then.currency)),
        ]
        verified = whose.kyc_status == VERIFIED
        return {"form": form, "person": whose, "papers": papers, "limits": limits, "verified": verified}


def _money(amount: int, currency: str) -> str:
    return f"{format_amount(amount, currency)} {currency}"


class PaperFile(PermissionRequiredMixin, View):
    """A paper's bytes; that it is read is on record before a byte leaves."""

    permission_required = "compliance.view_kyc"

    def get(self, request: HttpRequest, user_id: str, paper: str) -> HttpResponse:
        """The download. Too many in an hour: 429."""
        if customer(user_id) is None:
            raise Http404("There is no such customer.")
        try:
            found, content = read_paper(
                customer_id=user_id, paper_id=paper, path=request.path, actor=actor_of(request), now=utcnow()
            )
        except NotAllowed as refusal:
            raise Http404(refusal.message) from refusal
        except Damaged as damaged:
            messages.error(request, f"This paper cannot be read: {damaged}. Ask for it again.")
            return redirect(reverse("kyc_file", args=[user_id]))
        name = safe_filename(f"{found.label} {user_id}", found.extension)
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        return HttpResponse(content, content_type="application/octet-stream", headers=headers)
