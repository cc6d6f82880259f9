"""Packs that managers save from the choice they look at."""

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.generic import View

from accounts.http import actor_of, person
from cloudbank.clock import utcnow
from reporting.forms.reports import PackForm
from reporting.packs import SavedPack
from reporting.services.packs import PackRefused, delete_pack, save_pack
from reporting.views.reports import BUILD, address_of, chosen


class SavePack(PermissionRequiredMixin, View):
    """Save the choice under a name, and show it."""

    permission_required = BUILD
    raise_exception = True
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """To the pack; back with the reason when it is refused."""
        form = chosen(request, request.POST, PackForm)
        if not form.is_valid():
            messages.error(request, " ".join(text for texts in form.errors.values() for text in texts))
            return redirect("reports")
        asked, me = form.cleaned_data, person(request)
        order = asked["order"]
        wanted = SavedPack(
            code="",
            title=asked["name"],
            codes=tuple(order.codes),
            compare=order.compare,
            cut=dict(order.cut),
            by_name=me.name,
            shared=asked["shared"],
        )
        try:
            saved = save_pack(pack=wanted, actor=actor_of(request), now=utcnow())
        except PackRefused as refused:
            messages.error(request, str(refused))
            return redirect("reports")
        messages.success(request, f"The pack {saved.title} is saved.")
        return redirect(address_of(saved))


class DeletePack(PermissionRequiredMixin, View):
    """Delete one's own pack."""

    permission_required = BUILD
    raise_exception = True
    http_method_names = ["post"]

    def post(self, request: HttpRequest, code: str) -> HttpResponseBase:
        """Back to the reports."""
        try:
            delete_pack(code=code, shared="shared" in request.POST, actor=actor_of(request), now=utcnow())
        except PackRefused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "The pack is deleted.")
        return redirect("reports")
