"""Whose account is this? Asked by the money forms while a number is typed; nothing is posted here."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.generic import View

from accounts import numbers
from accounts.forms.banking import label
from accounts.http import actor_of, person
from accounts.models import User
from accounts.queries.deposits import account
from accounts.queries.people import user
from accounts.readback import identity_problem, masked_name
from accounts.services.look_ups import count_look_up
from accounts.views.access import AnyPermissionMixin
from cloudbank import throttle
from cloudbank.clock import utcnow

FIELDS = ("to", "to_account", "account")
"""What the forms call the field whose number is typed."""
COUNTER = ("accounts.post_any_movement", "accounts.post_any_wire")
UNKNOWN = "There is no account with this number."


class Recipient(AnyPermissionMixin, View):
    """`/transfer/recipient?to=…`: a customer reads the masked name, the counter the whole one and the status."""

    permission_required = ("accounts.post_own_movement", *COUNTER)

    def get(self, request: HttpRequest) -> HttpResponse:
        """The fragment below the field; empty while nothing is typed."""
        typed = next((request.GET[name] for name in FIELDS if request.GET.get(name)), "")
        known = self.answer(typed) if typed.strip() else {}
        return render(request, "accounts/_recipient.html", known)

    def answer(self, typed: str) -> dict[str, Any]:
        """What is known of the number; its check digits are verified before anything is read."""
        try:
            number = numbers.parse(typed)
            count_look_up(actor=actor_of(self.request), now=utcnow())
        except (numbers.AccountNumberError, throttle.TooMany) as error:
            return {"problem": str(error)}
        found = account(number)
        if found is None:
            return {"problem": UNKNOWN}
        if found.owner_id == person(self.request).user_id:
            return {"name": f"Your {label(found)}"}
        owner = user(found.owner_id or "")
        name = owner.name if owner else ""
        if any(self.request.user.has_perm(one) for one in COUNTER):
            return {"name": name, "account": found, "account_label": label(found), **_identity(owner)}
        return {"name": masked_name(name)}


def _identity(owner: User | None) -> dict[str, str]:
    """For the counter: what the owner's identity check lacks."""
    lacking = identity_problem(owner.kyc_status) if owner else ""
    return {"kyc_words": lacking}
