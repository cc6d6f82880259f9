"""Who stands at the counter for somebody else? Asked while it is typed; nothing is posted here."""

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.generic import View

from accounts.http import actor_of
from accounts.queries.meant import SHORTEST, customers_meant
from accounts.readback import identity_problem
from accounts.services.look_ups import count_look_up
from accounts.views.person_facts import year_of
from cloudbank import throttle
from cloudbank.clock import utcnow


class Conductor(PermissionRequiredMixin, View):
    """`/counter/person?conductor=...`: the customers it may mean, of several one is chosen. Counted."""

    permission_required = "accounts.post_any_movement"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The fragment below the field; empty while too little is typed."""
        typed = request.GET.get("conductor", "").strip()
        if len(typed) < SHORTEST:
            return render(request, "accounts/_conductor.html", {})
        try:
            count_look_up(actor=actor_of(request), now=utcnow())
        except throttle.TooMany as error:
            return render(request, "accounts/_conductor.html", {"problem": str(error)})
        found, more = customers_meant(typed)
        people = [(one, identity_problem(one.kyc_status), year_of(one.date_of_birth)) for one in found]
        return render(request, "accounts/_conductor.html", {"people": people, "more": more, "typed": typed})
