"""`/notifications`: which notices come by e-mail."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.views.generic import FormView

from accounts.http import actor_of, person
from cloudbank.clock import utcnow
from monitoring.forms.notices import NoticesForm
from monitoring.notices import KINDS
from monitoring.queries.workers import WORK
from monitoring.services.notices import choose_notices


class Notices(PermissionRequiredMixin, FormView):
    """Each for oneself; everything is on until it is turned off."""

    permission_required = WORK
    template_name = "monitoring/notices.html"
    form_class = NoticesForm
    success_url = reverse_lazy("notices")

    def get_initial(self) -> dict[str, Any]:
        """As it is now."""
        off = person(self.request).notices_off or ()
        return {kind: kind not in off for kind in KINDS}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Where the e-mails go."""
        return super().get_context_data(**kwargs) | {"email": person(self.request).email}

    def form_valid(self, form: NoticesForm) -> HttpResponse:
        """Keep it."""
        actor = actor_of(self.request)
        choose_notices(user_id=actor.user_id, wanted=form.wanted, actor=actor, now=utcnow())
        messages.success(self.request, "Saved.")
        return super().form_valid(form)
