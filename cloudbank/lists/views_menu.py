"""The part of a list page that opens, saves and deletes views. ListView mixes it in; see saved.py."""

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property

from cloudbank.addresses import source_of
from cloudbank.clock import utcnow
from cloudbank.lists.query import query_string
from cloudbank.lists.saved import ViewRefused, Views, choose_default, delete_view, save_view, views_of
from cloudbank.lists.taken import Taker

SHARE = "cloudbank.share_view"
PLAIN = "all"
"""?view=all: the list without the person's default view."""


class SavesViews:
    """Views of a list, for lists with `saved_views = True`."""

    request: HttpRequest
    name: ClassVar[str]
    saved_views: ClassVar[bool] = False

    @cached_property
    def views(self) -> Views:
        """What the person has to choose from."""
        return views_of(str(self.request.user.pk), self.name)

    @property
    def here(self) -> str:
        """The filters and the order of this address, as a view holds them."""
        return query_string(self.request.GET, ["view"])

    def opened_with(self) -> HttpResponse | None:
        """To the person's default view, when they ask for the list and nothing else."""
        if not self.saved_views or self.request.GET or "HX-Request" in self.request.headers:
            return None
        default = self.views.default
        return redirect(f"{self.request.path}{default.query}") if default and default.query != "?" else None

    def views_context(self) -> dict[str, Any]:
        """What the menu shows."""
        if not self.saved_views:
            return {}
        return {"views": self.views, "view_now": self.views.at(self.here), "view_plain": f"?view={PLAIN}"}

    def change_views(self, action: str) -> HttpResponse:
        """Save, delete, or choose a default; then the list again."""
        user, data, now = self.request.user, self.request.POST, utcnow()
        actor = Taker(str(user.pk), str(getattr(user, "role", "")), source_of(self.request))
        try:
            said = self._change(action, actor, data, now)
        except ViewRefused as refused:
            messages.error(self.request, str(refused))
        else:
            messages.success(self.request, said)
        return redirect(f"{self.request.path}{self.here if self.here != '?' else f'?view={PLAIN}'}")

    def _may_share(self, data: Any) -> bool:
        """Whether it is to be shared. Who only reads changes nobody else's menu. Raises ViewRefused."""
        if data.get("view_shared") and not self.request.user.has_perm(SHARE):
            raise ViewRefused("Your role saves views for itself only.")
        return bool(data.get("view_shared"))

    def _change(self, action: str, actor: Taker, data: Any, now: Any) -> str:
        if action == "save-view":
            view = save_view(
                list_name=self.name,
                name=data.get("view_name", ""),
                query=self.here,
                shared=self._may_share(data),
                is_default=bool(data.get("view_default")),
                actor=actor,
                by_name=str(getattr(self.request.user, "name", "") or self.request.user.get_username()),
                now=now,
            )
            return f"The view {view.name!r} is saved."
        view_id = data.get("view_id", "")[:64]
        if action == "default-view":
            choose_default(list_name=self.name, view_id=view_id, actor=actor, now=now)
            return "The list opens with this view now." if view_id else "The list opens without a view now."
        delete_view(list_name=self.name, view_id=view_id, actor=actor, now=now)
        return "The view is deleted."


ACTIONS = ("save-view", "delete-view", "default-view")
