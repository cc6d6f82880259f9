"""The view of a list. An app subclasses it with a declaration and one `source`."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property
from django.views.generic import View

from cloudbank import cursors, wording
from cloudbank.addresses import source_of
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.forms import UNPROCESSABLE
from cloudbank.lists import bulk, files
from cloudbank.lists.columns import Column
from cloudbank.lists.keys import keys_of
from cloudbank.lists.query import ListQuery, Page, chips, query_string, set_filters
from cloudbank.lists.rows import Totals, head, lines, span
from cloudbank.lists.taken import Taker, take_away
from cloudbank.lists.views_menu import ACTIONS as VIEW_ACTIONS
from cloudbank.lists.views_menu import SavesViews

TOO_LARGE = 413
IN_FULL = "reporting.export_in_full"


class ListView(SavesViews, PermissionRequiredMixin, View):
    """A list page: `?filters&sort=-key&size=50&cursor=...`, a fragment for htmx, `?export=csv|xlsx`, bulk POST."""

    name: ClassVar[str]
    title: ClassVar[str]
    intro: str = ""
    icon: str = "list-ul"
    columns: Sequence[Column] = ()
    file_columns: Sequence[Column] = ()
    form_class: type[forms.Form] | None = None
    default_sort: str = ""
    page_sizes: Sequence[int] = (25, 50, 100)
    bulk_actions: Sequence[bulk.BulkAction] = ()
    row_id: str = "id"
    export_formats: Sequence[str] = files.FORMATS
    export_limit: int = 10_000
    is_secret: bool = False
    """That this view is taken away may be known only to who may know of reports on suspicious activity."""
    full_limit: int = 1_000_000
    """Of a CSV, for who may take a list away in full: it streams, so its size is no matter of memory."""
    export_permission: str = ""
    empty_title: str = "Nothing here yet"
    empty_text: str = ""
    live_url: str = ""
    above_template: str = ""
    template_name = "lists/list.html"
    fragment_name = "lists/_table.html"

    # What an app overrides.
    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """At most `limit` rows from `cursor` (None = the start) on; the one domain call."""
        raise NotImplementedError

    def get_form_kwargs(self) -> dict[str, Any]:
        """More arguments for the filter form (choices that depend on the person)."""
        return {}

    def extra_context(self) -> dict[str, Any]:
        """More context for `above_template` or for a page template of the app's own."""
        return {}

    # The question.
    @cached_property
    def form(self) -> forms.Form | None:
        """The bound filter form, its widgets in the house's look."""
        if self.form_class is None:
            return None
        form = self.form_class(self.request.GET, auto_id="filter_%s", **self.get_form_kwargs())
        for one in form.fields.values():
            css = "form-select" if isinstance(one.widget, forms.Select) else "form-control"
            css = "form-check-input" if isinstance(one.widget, forms.CheckboxInput) else css
            one.widget.attrs["class"] = f"{one.widget.attrs.get('class', '')} {css}".strip()
        return form

    @cached_property
    def query(self) -> ListQuery:
        """The typed question of this request's URL."""
        filters = set_filters(self.form.cleaned_data) if self.form is not None and self.form.is_valid() else {}
        order = self.request.GET.get("sort", "")
        allowed = {column.sort for column in self.columns if column.sort}
        order = order if order.removeprefix("-") in allowed else self.default_sort
        return ListQuery(filters, order.removeprefix("-"), order.startswith("-"), self.request.user)

    @cached_property
    def size(self) -> int:
        """Rows a page: one of `page_sizes`, the first by default."""
        asked = self.request.GET.get("size", "")
        return int(asked) if asked in {str(size) for size in self.page_sizes} else self.page_sizes[0]

    @cached_property
    def bound_to(self) -> str:
        """What this request's cursors are good for."""
        filters = {name: str(value) for name, value in self.query.filters.items()}
        return cursors.binding(
            self.name, self.request.path, str(self.request.user.pk), filters, self.query.order, self.size
        )

    # The answers.
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The page, its fragment, or the file of the view."""
        if request.GET.get("export"):
            return self.export(request.GET["export"])
        if default := self.opened_with():
            return default
        if self.form is not None and not self.form.is_valid():
            return self.page(Page([]), cursors.Position(), UNPROCESSABLE)
        position = cursors.decode(request.GET.get("cursor", ""), self.bound_to)
        return self.page(self.source(self.query, position.key, self.size), position)

    def totals(self, page: Page, is_all: bool) -> Totals | None:
        """What the rows come to, when they are money; `is_all`: the page holds all that the filter selects."""
        return None

    def page(self, page: Page, position: cursors.Position, status: int = 200) -> HttpResponse:
        """The rows as HTML: the whole page, or what htmx swaps in."""
        is_fragment = "HX-Request" in self.request.headers and "HX-History-Restore-Request" not in self.request.headers
        template = self.fragment_name if is_fragment else self.template_name
        response = render(self.request, template, self.context(page, position), status=status)
        patch_vary_headers(response, ["HX-Request"])
        if is_fragment:
            here = (self.request.path + self._here(position)).removesuffix("?")
            seen = urlsplit(self.request.headers.get("HX-Current-URL", ""))
            if here != f"{seen.path}?{seen.query}".removesuffix("?"):  # rows that come in anew are no step back
                response["HX-Push-Url"] = here
        return response

    def _here(self, position: cursors.Position) -> str:
        here = query_string(self.request.GET)
        return here if position.is_first else self._link(position)

    def _link(self, position: cursors.Position) -> str:
        if position.is_first:
            return query_string(self.request.GET)
        return query_string(self.request.GET) + f"&cursor={cursors.encode(position, self.bound_to)}"

    def context(self, page: Page, position: cursors.Position) -> dict[str, Any]:
        """What the templates show."""
        params, has_next = self.request.GET, page.next_cursor is not None
        return (
            {
                "list": self,
                "form": self.form,
                "head": head(self.columns, self.query, params),
                "lines": list(lines(self.columns, page.rows, self.row_id if self.actions else "")),
                "chips": chips(self.form, self.query.filters, params),
                "totals": self.totals(page, position.is_first and not has_next) if page.rows else None,
                "span": span(position.offset, len(page.rows), has_next),
                "previous": "" if position.is_first else self._link(position.before()),
                "next": self._link(position.after(page.next_cursor, len(page.rows))) if has_next else "",
                "clear": query_string(params, self.form.fields if self.form else ()),
                "sizes": [(size, query_string(params, size=size)) for size in self.page_sizes],
                "keys": keys_of(has_filters=self.form is not None, ticks=bool(self.actions)),
                "exports": [
                    (kind, query_string(params) + f"&export={kind}") for kind in self.export_formats if self.may_export
                ],
            }
            | self.views_context()
            | self.extra_context()
        )

    # Files.
    @property
    def may_export(self) -> bool:
        """Whether this person may take the view away as a file."""
        return not self.export_permission or self.request.user.has_perm(self.export_permission)

    def export_facts(self) -> list[tuple[str, str]]:
        """What the file says of itself: the filter, the order, when, by whom."""
        set_now = [f"{chip.label}: {chip.text}" for chip in chips(self.form, self.query.filters, self.request.GET)]
        now = wording.absolute(utcnow(), bank_calendar().zone)
        return [
            ("Bank", settings.BANK_NAME),
            ("Filter", "; ".join(set_now) or "none"),
            ("Order", self.query.in_words or "as listed"),
            ("Exported", f"{now} by {self.request.user.get_username()}"),
        ]

    def export(self, extension: str) -> HttpResponseBase:
        """This filtered view as a file, from its first row on."""
        if not self.may_export:
            raise PermissionDenied
        if extension not in self.export_formats or (self.form is not None and not self.form.is_valid()):
            raise SuspiciousOperation("No such export.")
        user, now = self.request.user, utcnow()
        taker = Taker(str(user.pk), str(getattr(user, "role", "")), source_of(self.request))
        facts = self.export_facts()
        take_away(taker, path=self.request.path, extension=extension, facts=facts, now=now, secret=self.is_secret)
        bound = self.full_limit if extension == "csv" and user.has_perm(IN_FULL) else self.export_limit
        reading = files.Reading(lambda cursor, limit: self.source(self.query, cursor, limit), bound)
        sheet = files.sheet(self.title, self.file_columns or self.columns, reading, facts)
        return files.response(sheet, extension, bank_calendar().local(now))

    # Bulk actions.
    @cached_property
    def actions(self) -> list[bulk.BulkAction]:
        """The bulk actions this person may take."""
        return bulk.allowed(self.bulk_actions, self.request.user)

    @property
    def wants_reason(self) -> bool:
        """Whether one of the actions asks for a reason."""
        return any(action.reason_label for action in self.actions)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do one bulk action on the ticked rows and say what became of each; or save, choose, delete a view."""
        if self.saved_views and request.POST.get("action") in VIEW_ACTIONS:
            return self.change_views(request.POST["action"])
        action = next((one for one in self.actions if one.code == request.POST.get("action")), None)
        if action is None:
            raise PermissionDenied
        ids = list(dict.fromkeys(request.POST.getlist("ids")))
        if len(ids) > max(self.page_sizes):
            return self.answer(action, [], "lists/too_many.html", TOO_LARGE)
        reason = request.POST.get("reason", "").strip()
        if bulk.objection(action, ids, reason):
            return self.answer(action, [], "lists/bulk_result.html", UNPROCESSABLE)
        return self.answer(action, action.run(request, ids, reason), "lists/bulk_result.html")

    def answer(
        self, action: bulk.BulkAction, results: Sequence[bulk.BulkResult], template: str, status: int = 200
    ) -> HttpResponse:
        """The page after a bulk action."""
        ids, reason = self.request.POST.getlist("ids"), self.request.POST.get("reason", "").strip()
        known: Mapping[str, Any] = {
            "list": self,
            "action": action,
            "results": results,
            "done": sum(one.ok for one in results),
            "objection": "" if results else bulk.objection(action, ids, reason),
            "ids": ids,
            "reason": reason,
            "back": query_string(self.request.GET),
        }
        return render(self.request, template, known, status=status)
