"""`/lists`: the block and the watch list: search, add, take off, load a file."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.generic import View

from accounts.http import actor_of, person
from accounts.ledger import Refused
from accounts.queries.people import users
from accounts.services.posting import Busy
from cloudbank import store
from cloudbank.approvals import Approval, NotAllowed
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import business_date
from cloudbank.forms import UNPROCESSABLE
from cloudbank.lists import Column, ListQuery, ListView, Page, Totals
from cloudbank.lists.sorting import Sorting
from monitoring.forms.lists import ENDED, ClearForm, EntryForm, ListFileForm, ListFilter, RelaxForm
from monitoring.list_items import ACTIVE, ListEntry
from monitoring.listing import BLOCK, LISTS, NotListable, read_rows
from monitoring.queries import lists as queries
from monitoring.queries.sanctions import current
from monitoring.services.lists import Asked, add_entry, load_rows, pending_change, relax_entry
from monitoring.services.sanctions import clear_hit
from monitoring.views.list_rows import SORTS, Row, fits
from monitoring.views.protection import page_of_origin

VIEW, WORK, CLEAR = "monitoring.view_list", "monitoring.work_list", "monitoring.clear_hit"
TROUBLE = (Busy, store.StoreError)
BUSY = "The bank's books are busy just now. Look at the list, then try again."


class Lists(ListView):
    """The entries, by value; a small set, chosen in memory and read strongly."""

    name, title, icon = "lists", "Lists", "shield-lock"
    saved_views = True
    permission_required = VIEW
    form_class = ListFilter
    template_name = "monitoring/lists.html"
    empty_title = "Nothing stands here"
    empty_text = "Add an account, a name, a customer or a country, or load a file."
    columns = (
        Column(
            "shown",
            "Entry",
            main=True,
            value=lambda row: row.item.shown,
            link=lambda row: row.url,
            note="kind",
            sort="entry",
        ),
        Column("which", "List", sort="list"),
        Column("reason", "Because", value=lambda row: row.item.reason),
        Column("added_at", "Since", "time", value=lambda row: from_iso(row.item.added_at), sort="since"),
        Column("until", "Last day", "date", sort="until"),
        Column("state", "State", "badge"),
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """How many entries there are of each list and kind."""
        return {"counted": queries.counts()}

    @cached_property
    def sorting(self) -> Sorting:
        """The orders beside that by value."""
        return Sorting(SORTS)

    def totals(self, page: Page, is_all: bool) -> Totals | None:
        """What a sort left out, if anything."""
        return self.sorting.totals

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """The entries of the page, in the order that is asked for."""
        return self.sorting.page(lambda place, most: self.by_value(query, place, most), query, cursor, limit)

    def by_value(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """By value; those taken off come from their index, the latest first."""
        today, wanted = business_date(utcnow()), query.filters
        if wanted.get("which") == ENDED:
            keys = queries.ended(after=cursor or "", limit=limit + 1)
            items = queries.entries(key for _, key in keys[:limit])
            return Page([Row(one, today) for one in items], keys[limit - 1][0] if len(keys) > limit else None)
        found = sorted(
            (one for one in queries.fresh_book() if fits(one, wanted, today.isoformat())),
            key=lambda one: (one.value, one.entry_id),
        )
        start = int(cursor or 0)
        chosen = queries.entries(one.entry_id for one in found[start : start + limit])
        return Page([Row(one, today) for one in chosen], start + limit if start + limit < len(found) else None)

    def extra_context(self) -> dict[str, Any]:
        """Whether this person may change them, and which sanctions list is in force."""
        loaded = current()
        return {
            "may_work": self.request.user.has_perm(WORK),
            "may_clear": self.request.user.has_perm(CLEAR),
            "sanctions": loaded if loaded.version_in_force else None,
            "loaded_at": from_iso(loaded.loaded_at) if loaded.loaded_at else None,
        }


class NewEntry(PermissionRequiredMixin, View):
    """`/lists/new`: add one; an alert's page fills it in by the address."""

    permission_required = WORK

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form."""
        return self.page(EntryForm(initial={name: request.GET.get(name, "") for name in EntryForm.base_fields}))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Add it."""
        form = EntryForm(request.POST)
        if not form.is_valid():
            return self.page(form, UNPROCESSABLE)
        data = form.cleaned_data
        asked = Asked(data["list"], data["kind"], data["value"], data["reason"], data["expires_on"], data["origin"])
        try:
            made = add_entry(asked=asked, actor=actor_of(request), now=utcnow())
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        except TROUBLE:
            form.add_error(None, BUSY)
        else:
            messages.success(request, f"{made.shown} is on the {LISTS[made.list].lower()}; within seconds everywhere.")
            if back := page_of_origin(made.origin):
                return redirect(back)
            return redirect("list_entry", entry_id=made.entry_id)
        return self.page(form, UNPROCESSABLE)

    def page(self, form: EntryForm, status: int = 200) -> HttpResponse:
        """The form."""
        return render(self.request, "monitoring/list_new.html", {"form": form}, status=status)


class ClearHit(PermissionRequiredMixin, View):
    """`/lists/clear`: a sanctions hit that is somebody else; an alert's page fills it in by the address."""

    permission_required = CLEAR

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form."""
        return self.page(ClearForm(initial={name: request.GET.get(name, "") for name in ClearForm.base_fields}))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Remember it."""
        form = ClearForm(request.POST)
        if not form.is_valid():
            return self.page(form, UNPROCESSABLE)
        try:
            made = clear_hit(**form.cleaned_data, actor=actor_of(request), now=utcnow())
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        except TROUBLE:
            form.add_error(None, BUSY)
        else:
            messages.success(request, "Cleared: it neither alerts nor stops anything again.")
            if back := page_of_origin(made.origin):
                return redirect(back)
            return redirect("list_entry", entry_id=made.entry_id)
        return self.page(form, UNPROCESSABLE)

    def page(self, form: ClearForm, status: int = 200) -> HttpResponse:
        """The form."""
        return render(self.request, "monitoring/clear_hit.html", {"form": form}, status=status)


class EntryPage(PermissionRequiredMixin, View):
    """`/lists/<entry_id>`: why it is there, its history, and the way off."""

    permission_required = VIEW

    @cached_property
    def item(self) -> ListEntry:
        """The entry, or 404."""
        found = queries.entry(self.kwargs["entry_id"])
        if found is None:
            raise Http404("no such entry")
        return found

    def get(self, request: HttpRequest, entry_id: str) -> HttpResponse:
        """The page."""
        return self.page()

    def post(self, request: HttpRequest, entry_id: str) -> HttpResponse:
        """Take it off, or set its last day."""
        if not request.user.has_perm(WORK):
            raise PermissionDenied
        form = RelaxForm(request.POST)
        if not form.is_valid():
            return self.page(form, UNPROCESSABLE)
        data = form.cleaned_data
        try:
            done = relax_entry(
                entry_id=self.item.entry_id,
                expires_on=data["expires_on"],
                reason=data["reason"],
                key=data["key"],
                actor=actor_of(request),
                name=person(request).name,
                now=utcnow(),
            )
        except (Refused, NotAllowed) as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
            return self.page(form, UNPROCESSABLE)
        except TROUBLE:
            form.add_error(None, BUSY)
            return self.page(form, UNPROCESSABLE)
        if isinstance(done, Approval):
            messages.success(request, "Asked. It stays in force until another person approves.")
            return redirect("approval", approval_id=done.approval_id)
        messages.success(request, "Changed.")
        return redirect("list_entry", entry_id=done.entry_id)

    def page(self, form: RelaxForm | None = None, status: int = 200) -> HttpResponse:
        """The whole page."""
        item, now = self.item, utcnow()
        history = queries.history_of(item)
        people = users({one.actor_id for one in history if one.actor_id.startswith("usr_")})
        known = {
            "item": item,
            "row": Row(item, business_date(now)),
            "added_at": from_iso(item.added_at),
            "history": [
                (one, people[one.actor_id].name if one.actor_id in people else one.actor_id, from_iso(one.at))
                for one in history
            ],
            "pending": pending_change(item, now),
            "is_block": item.list == BLOCK,
            "from_url": page_of_origin(item.origin),
            "from_case": item.origin.startswith("cas_"),
            "form": (form or RelaxForm()) if item.state == ACTIVE and self.request.user.has_perm(WORK) else None,
        }
        return render(self.request, "monitoring/list_entry.html", known, status=status)


class LoadLists(PermissionRequiredMixin, View):
    """`/lists/load`: a CSV, tried first."""

    permission_required = WORK

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form."""
        return self.page(ListFileForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Try or load it; the rows that cannot be taken are named with their line."""
        form = ListFileForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.page(form, UNPROCESSABLE)
        file, dry_run = form.cleaned_data["file"], form.cleaned_data["dry_run"]
        try:
            rows = read_rows(file.read().decode("utf-8"), business_date(utcnow()))
            known = {"rows": rows, "origin": file.name[:60], "dry_run": dry_run}
            loaded = load_rows(**known, actor=actor_of(request), now=utcnow())
        except UnicodeDecodeError:
            form.add_error("file", "This is no UTF-8 text. Save the table as CSV in UTF-8.")
        except NotListable as problem:
            form.add_error("file", str(problem))
        except Refused as refused:
            form.add_error(None, refused.message)
        except TROUBLE:
            form.add_error(None, "The bank's books are busy just now. Load the file again: what is there stays there.")
        else:
            return self.page(form, loaded=loaded, dry_run=dry_run)
        return self.page(form, UNPROCESSABLE)

    def page(self, form: ListFileForm, status: int = 200, **known: Any) -> HttpResponse:
        """The form, and what the file did."""
        return render(self.request, "monitoring/list_load.html", {"form": form, **known}, status=status)
