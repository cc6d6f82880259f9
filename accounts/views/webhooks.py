"""`/webhooks`: addresses outside that are told of events."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.generic import FormView, View

from accounts.forms.notices import ChangeWebhookForm, WebhookForm
from accounts.http import actor_of
from accounts.ledger import Refused
from accounts.services import webhooks
from accounts.services.posting import Busy
from cloudbank import outbox, store
from cloudbank.clock import from_iso, utcnow
from cloudbank.forms import UNPROCESSABLE, UnprocessableFormMixin
from cloudbank.lists import Column, ListQuery, ListView, Page
from cloudbank.outbox import Webhook

SET = "accounts.set_webhook"


class Webhooks(ListView):
    """All of them."""

    name, title, icon = "webhooks", "Webhooks", "link-45deg"
    intro = "Systems outside that are told of events, each message signed and with an id, until they have taken it."
    permission_required = SET
    template_name = "accounts/webhooks.html"
    row_id = "webhook_id"
    empty_title, empty_text = "No webhooks", "Add one to have a case system or a SIEM told of new alerts."
    columns = (
        Column("label", "Name", main=True, link=lambda hook: reverse("webhook", args=[hook.webhook_id]), note="url"),
        Column("events", "Events", value=lambda hook: ", ".join(sorted(hook.events))),
        Column("active", "State", "badge", value=lambda hook: "Active" if hook.active else "Disabled"),
        Column("created", "Added", "time", value=lambda hook: from_iso(hook.created_at)),
    )

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """At most a handful."""
        return Page(outbox.webhooks(), None)


class AddWebhook(PermissionRequiredMixin, UnprocessableFormMixin, FormView):
    """`/webhooks/new`."""

    permission_required = SET
    template_name = "accounts/webhook_new.html"
    form_class = WebhookForm

    def form_valid(self, form: WebhookForm) -> HttpResponse:
        """Add it, and show it with its secret's button."""
        try:
            made = webhooks.add_webhook(**form.cleaned_data, actor=actor_of(self.request), now=utcnow())
        except Refused as refused:
            form.add_error(refused.field or None, str(refused))
            return self.form_invalid(form)
        messages.success(self.request, "Added. Show the secret and give it to the receiver, then send a test.")
        return redirect("webhook", webhook_id=made.webhook_id)


class WebhookPage(PermissionRequiredMixin, View):
    """`/webhooks/<webhook_id>`: change it, show or renew its secret, try it, remove it."""

    permission_required = SET

    def get(self, request: HttpRequest, webhook_id: str) -> HttpResponse:
        """As it is."""
        hook = self._hook(webhook_id)
        return self._page(hook, ChangeWebhookForm(initial=_values(hook)))

    def post(self, request: HttpRequest, webhook_id: str) -> HttpResponse:
        """One of the things one can do with it."""
        hook, asked = self._hook(webhook_id), request.POST.get("action", "")
        who: dict[str, Any] = {"webhook_id": webhook_id, "actor": actor_of(request), "now": utcnow()}
        try:
            if asked == "secret":
                return self._page(webhooks.record_secret_shown(**who), shown=True)
            if asked == "remove":
                webhooks.remove_webhook(**who)
                messages.success(request, f"{hook.label} is told nothing any more.")
                return redirect("webhooks")
            if asked in _SIMPLE:
                _SIMPLE[asked][0](**who)
                messages.success(request, _SIMPLE[asked][1])
                return redirect("webhook", webhook_id=webhook_id)
            return self._change(hook, who)
        except (Refused, Busy) as refused:
            messages.error(request, str(refused))
            return redirect("webhooks")

    def _change(self, hook: Webhook, who: dict[str, Any]) -> HttpResponse:
        form = ChangeWebhookForm(self.request.POST)
        if not form.is_valid():
            return self._page(hook, form, status=UNPROCESSABLE)
        try:
            webhooks.change_webhook(**form.cleaned_data, **who)
        except Refused as refused:
            form.add_error(refused.field or None, str(refused))
            return self._page(hook, form, status=UNPROCESSABLE)
        messages.success(self.request, "Saved.")
        return redirect("webhook", webhook_id=hook.webhook_id)

    def _hook(self, webhook_id: str) -> Webhook:
        hook = store.get(Webhook, webhook_id)
        if hook is None:
            raise Http404("no such webhook")
        return hook

    def _page(
        self, hook: Webhook, form: ChangeWebhookForm | None = None, *, shown: bool = False, status: int = 200
    ) -> HttpResponse:
        known = {"hook": hook, "form": form or ChangeWebhookForm(initial=_values(hook)), "shown": shown}
        response = render(self.request, "accounts/webhook.html", known, status=status)
        if shown:
            response["Cache-Control"] = "no-store"
        return response


_SIMPLE = {
    "renew": (webhooks.renew_secret, "The secret is another one now. Show it and give it to the receiver."),
    "try": (webhooks.try_webhook, "A test message is on its way; Messages shows whether it was taken."),
}


def _values(hook: Webhook) -> dict[str, Any]:
    return {"label": hook.label, "url": hook.url, "events": sorted(hook.events), "active": hook.active}
