"""Payroll: bring a file, read it back, let it be paid, see what became of every row."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.generic import View

from accounts.forms.banking import label, new_key
from accounts.http import actor_of, person
from accounts.ledger import Refused
from accounts.models import DepositAccount, User
from accounts.models.payroll import CHECKED, DONE, UNDER_WAY, Payroll
from accounts.payroll import NotAPayroll, Row
from accounts.queries.deposits import account
from accounts.queries.payroll import all_payrolls, credits, movement_of, payroll, payrolls_of
from accounts.queries.people import user
from accounts.readback import amount_in_words
from accounts.services.payroll import BUSINESS, Payer, check, covered, rows_in_words, rows_of
from accounts.services.payroll_release import only_by_the_branch, pending, release, rule_over
from accounts.services.payroll_runs import advance
from accounts.services.posting import Busy, NotKnownYet
from accounts.views.access import AnyPermissionMixin
from cloudbank import documents, store
from cloudbank.approvals import Approval, NotAllowed
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import business_date
from cloudbank.documents import Damaged, NotStored, StoredDocument
from cloudbank.lists import Column, ListQuery, ListView, Page
from cloudbank.money import format_amount
from cloudbank.wording import day, grouped

OWN, ANY, VIEW = "accounts.run_own_payroll", "accounts.run_any_payroll", "accounts.view_any_account"
STRETCH_SECONDS = 3.0
"""So long a page works before it answers; the next request goes on."""
SHOWN = 200
REASON_LENGTH = 500
CANNOT = (Busy, NotKnownYet, Damaged, NotStored, store.StoreError)
STATES = {CHECKED: "To confirm", "running": "Running", "returning": "Running", DONE: "Done"}
WORDS = {"paid": "Paid", "waiting": "To pay", "returned": "Returned", "rejected": "Rejected"}


class PayrollRoom(AnyPermissionMixin):
    """Customers of the business segment for their own accounts, tellers for all, other staff look."""

    permission_required: Any = (OWN, ANY, VIEW)

    def has_permission(self) -> bool:
        """By role, and for customers by segment."""
        return super().has_permission() and (
            self.request.user.has_perm(VIEW) or person(self.request).segment == BUSINESS
        )

    @property
    def may_run(self) -> bool:
        """Whether this person may bring and confirm payrolls."""
        return self.request.user.has_perm(OWN) or self.request.user.has_perm(ANY)


class Payrolls(PayrollRoom, ListView):
    """The history, newest first."""

    name, title, icon = "payrolls", "Payroll", "people"
    template_name = "accounts/payrolls.html"
    export_formats = ()
    empty_title = "No payroll yet"
    empty_text = "Upload a CSV of names, account numbers and amounts; you read everything back before money moves."
    columns = (
        Column(
            "file_name",
            "Payroll",
            main=True,
            link=lambda one: reverse("payroll", args=[one.payroll_id]),
            note=lambda one: f"from account ending {one.payer[-4:]}",
        ),
        Column("made_at", "Received", "time", value=lambda one: from_iso(one.made_at)),
        Column("rows", "Payees", "number"),
        Column("total", "Total", "balance", currency="currency"),
        Column("returned_sum", "Returned", "balance", currency="currency"),
        Column("state", "State", "badge", value=lambda one: STATES[one.state]),
    )

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """An owner's, or the bank's."""
        staff = self.request.user.has_perm(VIEW)
        before = cursor or ""
        own = person(self.request).user_id
        rows = all_payrolls(limit + 1, before) if staff else payrolls_of(own, limit + 1, before)
        last = (rows[limit - 1].day_order if staff else rows[limit - 1].subject_order) if len(rows) > limit else None
        return Page(rows[:limit], last)

    def extra_context(self) -> dict[str, Any]:
        """Whether a new one may be brought."""
        return {"may_run": self.may_run}


class PayrollBase(PayrollRoom, View):
    """What the pages of one payroll share: only its owner and staff find it."""

    item: Payroll

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find it, or 404 as if it were not there."""
        if self.has_permission():
            found = payroll(kwargs["payroll_id"])
            if found is None or not (request.user.has_perm(VIEW) or found.owner == person(request).user_id):
                raise Http404("no such payroll")
            self.item = found
        return super().dispatch(request, *args, **kwargs)


class PayrollPage(PayrollBase):
    """The read-back, the work, the result."""

    def get(self, request: HttpRequest, payroll_id: str) -> HttpResponse:
        """`?show=` narrows the rows."""
        paying, owner = account(self.item.payer), user(self.item.owner)
        if paying is None or owner is None:
            raise Http404("no such payroll")
        try:
            rows = self.rows(paying, owner)
        except (Damaged, NotAPayroll) as error:
            return render(request, "accounts/payroll.html", self.facts(paying, owner) | {"broken": str(error)})
        wanted = request.GET.get("show", "")
        kept = [row for row in rows if wanted in ("", row["word"])]
        counts = {word: sum(1 for row in rows if row["word"] == word) for word in WORDS}
        sums = {word: sum(row["row"].amount for row in rows if row["word"] == word) for word in WORDS}
        known = {
            "counts": counts,
            "sums": sums,
            "noted": sum(1 for row in rows if row["note"]),
            "tabs": [("", "All", len(rows)), *((word, WORDS[word], counts[word]) for word in WORDS if counts[word])],
            "show": wanted,
            "rows": kept[:SHOWN],
            "hidden": max(0, len(kept) - SHOWN),
        }
        return render(request, "accounts/payroll.html", self.facts(paying, owner) | known)

    def facts(self, paying: DepositAccount, owner: User) -> dict[str, Any]:
        """What the record and the payer's account say."""
        item, unit = self.item, self.item.currency
        waiting = item.state == CHECKED
        balance = f"{format_amount(paying.balance - item.total, unit)} {unit}"
        rows = [
            ("From", label(paying), f"{grouped(paying.account_id)}, {owner.name}"),
            ("Payees", f"{item.rows:,}", f"{rows_in_words(len(item.rejected))} not paid" if item.rejected else ""),
            ("Business day", day(business_date(utcnow())) if waiting else "", ""),
            ("New balance", balance if waiting else "", f"{format_amount(paying.balance, unit)} {unit} now"),
        ]
        return {
            "item": item,
            "state": STATES[item.state],
            "made_at": from_iso(item.made_at),
            "facts": [row for row in rows if row[1]],
            "in_words": amount_in_words(item.total, unit),
            "waiting": waiting,
            "running": item.state in UNDER_WAY,
            "finished": item.state == DONE,
            "may_run": self.may_run,
            "why_not": self.why_not(paying, owner) if waiting else "",
            "debit": "" if waiting else movement_of(item),
            "back": movement_of(item, "return") if item.returned_sum else "",
            **self.second_person(),
            **work_of(item),
        }

    def why_not(self, paying: DepositAccount, owner: User) -> str:
        """Why it cannot be paid now by this person, or ""."""
        item, now = self.item, utcnow()
        theirs = only_by_the_branch(item, actor_of(self.request), now) if self.may_run else ""
        return theirs or covered(item, paying, owner, now=now)

    def second_person(self) -> dict[str, Any]:
        """Whether another person must approve it, and whether one was asked."""
        item, now = self.item, utcnow()
        rule = rule_over(item, actor_of(self.request), now)
        return {
            "rule": rule,
            "limit": rule.most(item.currency, now) if rule else None,
            "currency": item.currency,
            "key": new_key(),
            "asked": pending(item, now) if rule else None,
        }

    def rows(self, paying: DepositAccount, owner: User) -> list[dict[str, Any]]:
        """Every row of the file and what became, or would become, of it."""
        item = self.item
        rows = rows_of(item)
        notes = self.notes(paying, owner) if item.state == CHECKED else {}
        there = credits(item, [row.line for row in rows if not row.reason]) if item.state != CHECKED else {}
        return [self.row(row, there.get(row.line), notes.get(row.line, "")) for row in rows]

    def notes(self, paying: DepositAccount, owner: User) -> dict[int, str]:
        """What should be looked at before it is confirmed, as the books stand now."""
        item = self.item
        content = documents.read_document(StoredDocument(item.document, item.size, item.sha256))
        fresh = check(content, Payer(paying, owner, actor_of(self.request), item.channel), now=utcnow())
        late = {row.line: f"{row.reason} It would come back to the payer." for row in fresh.rejected}
        return dict(fresh.notes) | late

    def row(self, row: Row, credit: Any, note: str) -> dict[str, Any]:
        """One line of the table."""
        item = self.item
        if row.reason:
            word, note = "rejected", row.reason
        elif credit is not None:
            word = "paid"
        elif item.state == DONE:
            word, note = "returned", item.returned.get(str(row.line), "")
        else:
            word = "waiting"
        staff = self.request.user.has_perm(VIEW)
        receipt = reverse("receipt", args=[credit.movement_id]) if credit is not None and staff else ""
        number = row.account if row.account.isdigit() else ""
        return {"row": row, "word": word, "badge": WORDS[word], "note": note, "receipt": receipt, "number": number}


class ConfirmPayroll(PayrollBase):
    """Debit the payer and pay for a moment; the same again goes on."""

    permission_required = (OWN, ANY)
    http_method_names = ("post",)

    def post(self, request: HttpRequest, payroll_id: str) -> HttpResponse:
        """htmx gets the progress, a browser without it the page."""
        if not self.may_run:
            raise PermissionDenied
        item = self.item
        try:
            released = self.release()
            if isinstance(released, Approval):
                return redirect("approval", approval_id=released.approval_id)
            item = advance(payroll_id, now=utcnow, seconds=STRETCH_SECONDS)
        except (Refused, NotAllowed) as refused:
            messages.error(request, f"Nothing was paid: {refused.message}")
        except CANNOT as error:
            messages.error(request, f"It could not go on just now: {error} Nothing is lost; let it go on later.")
        else:
            if request.headers.get("HX-Request") and item.state in UNDER_WAY and not item.why:
                return render(request, "accounts/_work.html", work_of(item))
        url = reverse("payroll", args=[payroll_id])
        return HttpResponse(headers={"HX-Redirect": url}) if request.headers.get("HX-Request") else redirect(url)

    def release(self) -> Payroll | Approval:
        """Let it be paid, or ask the second person."""
        sent = self.request.POST
        return release(
            payroll_id=self.item.payroll_id,
            key=sent.get("key", "")[:64] or new_key(),
            reason=sent.get("reason", "").strip()[:REASON_LENGTH],
            actor=actor_of(self.request),
            name=person(self.request).name,
            now=utcnow(),
        )


def work_of(item: Payroll) -> dict[str, Any]:
    """What the fragment of work in progress shows."""
    return {
        "url": reverse("confirm_payroll", args=[item.payroll_id]),
        "done": item.done,
        "total": item.rows,
        "words": f"{item.done:,} of {item.rows:,} payees",
    }
