"""Statement files of other banks: bring one, look at what it would do, let it run, see what became of it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.generic import View

from accounts.forms.statement_files import StatementFileForm
from accounts.http import actor_of, person
from accounts.models.statement_files import CHECKED, DONE, RUNNING, STOPPED, StatementImport
from accounts.queries.deposits import accounts
from accounts.queries.people import users
from accounts.queries.statement_files import latest_imports, statement_import
from accounts.services.posting import Busy, NotKnownYet
from accounts.services.statement_approval import ask_import, pending_of, requests_of
from accounts.services.statement_files import CannotImport, Checked, Part, check, receive, recheck
from accounts.services.statement_runs import POSTED, Fate, advance, fates, go_on
from accounts.services.statement_scope import does_something, result_of
from accounts.statement_files.matching import CONFLICT, DUPLICATE, NEW
from accounts.statement_files.parts import Malformed
from cloudbank import approvals, store
from cloudbank.approvals import NotAllowed
from cloudbank.clock import from_iso, utcnow
from cloudbank.documents import Damaged, NotStored
from cloudbank.forms import UNPROCESSABLE
from cloudbank.lists import Column, ListQuery, ListView, Page
from cloudbank.wording import day

VIEW, IMPORT, APPROVE = "accounts.view_any_account", "accounts.import_statement", "accounts.approve_statement"
STRETCH_SECONDS = 3.0
"""So long a page works before it answers; the next request goes on."""
SHOWN = 200
CANNOT = (CannotImport, Busy, NotKnownYet, Damaged, NotStored, store.StoreError)
STATES = {"checked": "Checked", RUNNING: "Running", "stopped": "Stopped", DONE: "Done"}
WORDS = {POSTED: "Posted", NEW: "New", DUPLICATE: "Duplicates", CONFLICT: "Conflicts", "left_out": "Left out"}


class StatementFiles(ListView):
    """The imports, newest first."""

    name, title, icon = "statement-files", "Statement files", "file-earmark-arrow-down"
    permission_required = VIEW
    template_name = "accounts/statement_files.html"
    export_formats = ()
    empty_title = "No statement file yet"
    empty_text = "Bring a camt.053 or OFX file of another bank; its entries are posted once, whatever overlaps."
    columns = (
        Column(
            "file_name",
            "File",
            main=True,
            link=lambda one: reverse("statement_file", args=[one.transaction_id]),
            note=lambda one: one.format,
        ),
        Column("made_at", "Received", "time", value=lambda one: from_iso(one.made_at)),
        Column("accounts", "Account", value=lambda one: ", ".join(sorted({a["named"] for a in one.accounts}))),
        Column("posted", "Posted", "number", value=lambda one: one.counts.get("posted", 0)),
        Column("duplicates", "Duplicates", "number", value=lambda one: one.counts.get("duplicates", 0)),
        Column("conflicts", "Conflicts", "number", value=lambda one: one.counts.get("conflicts", 0)),
        Column("state", "State", "badge", value=lambda one: STATES[one.state]),
    )

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """One query of the index of days."""
        rows = latest_imports(limit + 1, before=cursor or "")
        more = len(rows) > limit
        return Page(rows[:limit], rows[limit - 1].day_order if more else None)

    def extra_context(self) -> dict[str, Any]:
        """Whether this person may bring one."""
        return {"may_import": self.request.user.has_perm(IMPORT)}


class NewStatementFile(PermissionRequiredMixin, View):
    """Bring a file. It is read at once; what is wrong with it is said at the field."""

    permission_required = IMPORT

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form; `?account=` fills it in."""
        return self.page(StatementFileForm(initial={"account": request.GET.get("account", "")}))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Read, judge, keep; then on to the preview."""
        form = StatementFileForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.page(form, UNPROCESSABLE)
        file = form.cleaned_data["file"]
        try:
            checked = check(file.read(), form.choice)
            item = receive(checked, file_name=file.name, actor=actor_of(request), now=utcnow())
        except Malformed as error:
            where = f"{error.position[:1].upper()}{error.position[1:]}: it" if error.position else "The file"
            form.add_error("file", f"{where} {error.reason}. Nothing was imported.")
        except CANNOT as error:
            form.add_error(None, str(error))
        else:
            return redirect("statement_file", import_id=item.transaction_id)
        return self.page(form, UNPROCESSABLE)

    def page(self, form: StatementFileForm, status: int = 200) -> HttpResponse:
        """The form."""
        return render(self.request, "accounts/statement_file_new.html", {"form": form}, status=status)


def import_or_404(import_id: str) -> StatementImport:
    """The import, or 404."""
    found = statement_import(import_id)
    if found is None:
        raise Http404("no such import")
    return found


@dataclass(frozen=True)
class Shown:
    """One statement on the page: what it says, what would become of our account."""

    part: Part
    fates: list[Fate]
    balance: int | None

    @property
    def after(self) -> int | None:
        """Our balance when the new entries are posted."""
        if self.part.opens:
            opening = self.part.statement.opening
            return (opening.amount if opening else 0) + self.part.sum_new
        return None if self.balance is None else self.balance + self.part.sum_new

    @property
    def differs(self) -> int:
        """By how much their closing balance differs from ours then."""
        closing = self.part.statement.closing
        return closing.amount - self.after if closing and self.after is not None else 0

    @property
    def came_in(self) -> int:
        """The sum of the credits."""
        return sum(entry.amount for entry in self.part.statement.entries if entry.amount > 0)

    @property
    def went_out(self) -> int:
        """The sum of the debits."""
        return sum(entry.amount for entry in self.part.statement.entries if entry.amount < 0)


class StatementFile(PermissionRequiredMixin, View):
    """One import: its preview, its work, its result."""

    permission_required = VIEW

    def get(self, request: HttpRequest, import_id: str) -> HttpResponse:
        """What it is about and how it stands. `?show=` narrows the entries."""
        item = import_or_404(import_id)
        try:
            checked = recheck(item)
        except (Malformed, CannotImport, Damaged) as error:
            return render(request, "accounts/statement_file.html", self.facts(item) | {"broken": str(error)})
        known = self.facts(item) | self.details(item, checked)
        waiting = known["pending"]
        if waiting and waiting.content["result"] != result_of(checked):
            known |= {"pending": None, "outdated": waiting}
        return render(request, "accounts/statement_file.html", known)

    def facts(self, item: StatementImport) -> dict[str, Any]:
        """What the record says."""
        people = users({item.made_by, item.approved_by} - {""})
        names = {key: one.name for key, one in people.items()}
        asked = requests_of(item)
        waiting = pending_of(asked, utcnow())
        approves = self.request.user.has_perm(APPROVE)
        return {
            "item": item,
            "state": STATES[item.state],
            "maker": names.get(item.made_by, item.made_by),
            "approver": names.get(item.approved_by, item.approved_by),
            "made_at": from_iso(item.made_at),
            "may_import": self.request.user.has_perm(IMPORT),
            "may_go_on": approves or self.request.user.has_perm(IMPORT),
            "running": item.state == RUNNING,
            "finished": item.state == DONE,
            "pending": waiting,
            "decides": approves and not approvals.same_person(item.made_by, person(self.request).user_id),
            "turned_down": asked[0] if asked and asked[0].state == approvals.REJECTED else None,
            **work_of(item),
        }

    def details(self, item: StatementImport, checked: Checked) -> dict[str, Any]:
        """What the file says, entry by entry."""
        ours = accounts({part.number for part in checked.parts})
        shown = [
            Shown(part, fates(part, item.transaction_id), ours[part.number].balance if part.number in ours else None)
            for part in checked.parts
        ]
        counts = checked.counts | dict.fromkeys((POSTED, NEW, DUPLICATE, CONFLICT), 0)
        for fate in (fate for one in shown for fate in one.fates):
            counts[fate.word] += 1
        rows = [self.row(fate, one.part) for one in shown for fate in one.fates]
        rows += [
            {"word": "left_out", "position": left.position, "reason": left.reason}
            for one in shown
            for left in one.part.left_out
        ]
        wanted = self.request.GET.get("show", "")
        kept = [row for row in rows if wanted in ("", row["word"])]
        return {
            "shown": shown,
            "does_something": does_something(checked),
            "counts": counts,
            "tabs": [("", "All", len(rows)), *((word, WORDS[word], counts[word]) for word in WORDS if counts[word])],
            "show": wanted,
            "rows": kept[:SHOWN],
            "hidden": max(0, len(kept) - SHOWN),
        }

    def row(self, fate: Fate, part: Part) -> dict[str, Any]:
        """One line of the table."""
        entry = fate.entry
        return {
            "word": fate.word,
            "position": entry.position,
            "entry": entry,
            "booked": day(entry.booked_on),
            "currency": part.statement.currency,
            "reason": fate.judged.reason(part.statement.currency) if fate.word == CONFLICT else "",
            "receipt": reverse("receipt", args=[fate.movement_id]) if fate.movement_id else "",
            "badge": {POSTED: "Posted", NEW: "New", DUPLICATE: "In the books", CONFLICT: "Conflict"}[fate.word],
        }


class ConfirmStatementFile(PermissionRequiredMixin, View):
    """Ask a second person to let it run; once it runs, work for a moment and lead back to the page."""

    http_method_names = ("post",)

    def has_permission(self) -> bool:
        """Who brings files, and who approves them: both see a running one through."""
        return self.request.user.has_perm(IMPORT) or self.request.user.has_perm(APPROVE)

    def post(self, request: HttpRequest, import_id: str) -> HttpResponse:
        """Ask, or post what is new for a few seconds; htmx gets the progress, a browser without it the page."""
        item = import_or_404(import_id)
        try:
            if item.state in (CHECKED, STOPPED) and not item.approved_by:
                return self.asked(import_id)
            go_on(import_id, actor=actor_of(request), now=utcnow())
            item = advance(import_id, actor=actor_of(request), now=utcnow, seconds=STRETCH_SECONDS)
        except (*CANNOT, Malformed) as error:
            messages.error(request, f"It could not go on just now: {error} Nothing is lost; let it go on later.")
            return self.back(statement_page(import_id))
        if request.headers.get("HX-Request") and item.state == RUNNING:
            return render(request, "accounts/_work.html", work_of(item))
        return self.back(statement_page(import_id))

    def asked(self, import_id: str) -> HttpResponse:
        """On to the request that another person decides."""
        if not self.request.user.has_perm(IMPORT):
            raise PermissionDenied
        actor, name = actor_of(self.request), person(self.request).name
        try:
            asked = ask_import(import_id=import_id, actor=actor, name=name, now=utcnow())
        except (*CANNOT, Malformed, NotAllowed) as error:
            messages.error(self.request, f"It was not asked for: {error}")
            return self.back(statement_page(import_id))
        return self.back(reverse("approval", args=[asked.approval_id]))

    def back(self, url: str) -> HttpResponse:
        """To a page, also for htmx."""
        return HttpResponse(headers={"HX-Redirect": url}) if self.request.headers.get("HX-Request") else redirect(url)


def statement_page(import_id: str) -> str:
    """The address of one import."""
    return reverse("statement_file", args=[import_id])


def work_of(item: StatementImport) -> dict[str, Any]:
    """What the fragment of work in progress shows."""
    return {
        "url": reverse("confirm_statement_file", args=[item.transaction_id]),
        "done": item.done,
        "total": item.total,
        "words": f"{item.done:,} of {item.total:,} entries",
        "note": "You may leave this page: the rest goes on when somebody opens it, and at the end of the day.",
    }
