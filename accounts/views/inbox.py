"""Four eyes: `/approvals` is the inbox of all kinds of requests, and how one is named wherever it is shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.forms.approvals import SETTLED, InboxFilter
from accounts.http import signed_in_person
from accounts.names import role_name
from cloudbank import approvals
from cloudbank.approvals import Approval
from cloudbank.clock import ONE_DAY, from_iso, utcnow
from cloudbank.lists import Column, ListQuery, ListView, Page
from cloudbank.templatetags import bank

VIEW = "accounts.view_approval"
SOON = ONE_DAY
LOOKS = {approvals.WITHDRAWN: "closed", approvals.EXPIRED: "late"}
"""State -> status of cloudbank.looks where they differ."""


@dataclass(frozen=True)
class Row:
    """A request in the inbox, as one person reads it."""

    item: Approval
    me: str
    role: str
    now: datetime

    @property
    def id(self) -> str:
        """The request."""
        return self.item.approval_id

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("approval", args=[self.id])

    @property
    def kind(self) -> str:
        """What kind of request."""
        return kind_of(self.item)

    @property
    def maker(self) -> str:
        """Who asked."""
        mine = approvals.same_person(self.item.maker_id, self.me)
        return f"{self.item.maker_name} (you)" if mine else str(self.item.maker_name)

    @property
    def state(self) -> SafeString:
        """Its badge."""
        return state_badge(self.item, self.now)

    @property
    def decided(self) -> str:
        """Who decided."""
        return str(self.item.checker_name)

    @property
    def whose(self) -> str:
        """Who decided, or that it is for this person to decide."""
        pending = self.item.state_at(self.now) == approvals.PENDING
        is_mine = pending and approvals.is_for(self.item.code, self.item.maker_id, self.me, self.role)
        return "yours to decide" if is_mine else self.decided


def kind_of(item: Approval) -> str:
    """The label of its kind; the code of a kind that nobody declares any more."""
    return item.effect.label if item.effect else str(item.code)


def state_badge(item: Approval, now: datetime) -> SafeString:
    """Colour, icon and word of its state; of a pending one whether it expires soon."""
    state = item.state_at(now)
    if item.is_unfinished:
        return bank.badge("running", "Being carried out")
    shown = bank.badge(LOOKS.get(state, state), approvals.STATES[state])
    if state == approvals.PENDING and from_iso(item.due_at) - now < SOON:
        return format_html("{} {}", shown, bank.badge("expiring"))
    return shown


_COLUMNS = (
    Column("title", "Request", main=True, link=lambda row: row.url, value=lambda row: row.item.title, note="kind"),
    Column("maker", "Asked by", value="maker", note=lambda row: role_name(row.item.maker_role)),
    Column("reason", "Why", value=lambda row: row.item.reason),
    Column("asked_at", "Asked", "time", value=lambda row: from_iso(row.item.asked_at)),
    Column("due_at", "Expires", "time", value=lambda row: from_iso(row.item.due_at)),
    Column(
        "state",
        "State",
        "html",
        value="state",
        note="whose",
        export=lambda row: approvals.STATES[row.item.state_at(row.now)],
    ),
)
_FILE = (
    *_COLUMNS,
    Column("decided_by", "Decided by", value="decided"),
    Column("decided_at", "Decided", value=lambda row: row.item.decided_at),
    Column("note", "Note", value=lambda row: row.item.note),
    Column("id", "Reference", value="id"),
    Column("hash", "Content hash", value=lambda row: row.item.content_hash),
)


class Inbox(ListView):
    """What waits, soonest to expire first; what was settled, newest first; what I asked."""

    name, title, icon = "approvals", "Approvals", "check2-square"
    saved_views = True
    intro = "What one person asks and another decides. Soonest to expire first."
    permission_required = VIEW
    form_class = InboxFilter
    template_name = "accounts/approvals.html"
    columns = _COLUMNS
    file_columns = _FILE
    empty_title = "Nothing waits for a decision"
    empty_text = "Requests that need a second person appear here: releases, large sums at the counter, thresholds."

    @property
    def is_secret(self) -> bool:  # type: ignore[override]
        """Whether what is asked for tells of a kind that is secret."""
        effect = approvals.find_effect(str(self.query.filters.get("kind", "")))
        return effect is not None and bool(effect.secret)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Kinds that this person may know of."""
        return {"role": signed_in_person(self.request).role}

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """One page of what this person may read."""
        wanted, now = query.filters, utcnow()
        someone = signed_in_person(self.request)
        me, role, kind = someone.user_id, someone.role, wanted.get("kind", "")
        state = wanted.get("state") or approvals.PENDING
        if wanted.get("mine"):
            rows, following = approvals.asked_by(
                me,
                wanted=lambda item: (
                    _is(item, state, kind, now) and approvals.is_visible(item.code, item.maker_id, me, role)
                ),
                cursor=cursor,
                limit=limit,
            )
        else:
            rows, following = approvals.listed(
                state,
                now=now,
                wanted=lambda filed: (
                    (not kind or filed.code == kind) and approvals.is_visible(filed.code, filed.maker_id, me, role)
                ),
                cursor=cursor,
                limit=limit,
            )
        return Page([Row(item, me, role, now) for item in rows], following)

    def extra_context(self) -> dict[str, Any]:
        """The tabs: the same list, three ways."""
        filters, path = self.query.filters, self.request.path
        mine, state = bool(filters.get("mine")), filters.get("state", "")
        return {
            "tabs": [
                ("Waiting", path, "inbox", not mine and not state),
                ("Asked by me", f"{path}?mine=on", "send", mine),
                ("Settled", f"{path}?state={SETTLED}", "check2-all", not mine and bool(state)),
            ]
        }


def _is(item: Approval, state: str, kind: str, now: datetime) -> bool:
    """Whether one's own request has the state that is asked for; without one, all of them."""
    if kind and item.code != kind:
        return False
    here = item.state_at(now)
    if state == SETTLED:
        return here != approvals.PENDING and not item.is_unfinished
    return state == approvals.PENDING or here == state
