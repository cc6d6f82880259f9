"""`/messages`: what the outbox holds, what was taken, and what nobody took."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from accounts.forms.notices import MessageFilter
from accounts.http import actor_of
from cloudbank import outbox, store
from cloudbank.clock import from_iso, utcnow
from cloudbank.lists import BulkAction, BulkResult, Column, ListQuery, ListView, Page
from cloudbank.outbox import Message

VIEW, AGAIN = "accounts.view_message", "accounts.send_message"


def _send_again(request: HttpRequest, ids: Sequence[str], reason: str) -> list[BulkResult]:
    return [_one_again(request, message_id, reason) for message_id in ids]


def _one_again(request: HttpRequest, message_id: str, reason: str) -> BulkResult:
    try:
        outbox.send_again(message_id=message_id, reason=reason, actor=actor_of(request), now=utcnow())
    except LookupError as error:
        return BulkResult(message_id, False, str(error))
    except (store.ConditionFailed, store.Conflict):
        return BulkResult(message_id, False, "It is being sent right now. Look again in a minute.")
    return BulkResult(message_id, True, "It is sent again at once.")


def _said(item: Message) -> str:
    """What the addresses that have not taken it answered."""
    return "; ".join(f"{address.replace('|', ' ')}: {why}" for address, why in sorted(item.errors.items()))


class Messages(ListView):
    """One list, three ways."""

    name, title, icon = "messages", "Messages", "send"
    saved_views = True
    intro = "What those outside are told of: by e-mail, webhook or topic, at least once, each with an id."
    permission_required = VIEW
    form_class = MessageFilter
    row_id = "message_id"
    empty_title, empty_text = "Nothing waits", "Everything that was to be told has been taken."
    columns = (
        Column("title", "Event", main=True, note="message_id"),
        Column("created", "Written", "time", value=lambda item: from_iso(item.created_at)),
        Column("state", "State", "badge", value=lambda item: outbox.STATES[item.state]),
        Column("taken", "Taken by", "number", value=lambda item: len(item.taken)),
        Column("attempts", "Tries", "number"),
        Column("errors", "What was answered", value=_said),
    )
    bulk_actions = (BulkAction("again", "Send again", "send", AGAIN, _send_again, reason_label="Why"),)

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """Waiting, given up, or all of a day."""
        state, day = query.filters.get("state", ""), query.filters.get("day")
        if day or state == "day":
            found = outbox.of_day((day or utcnow().date()).isoformat(), cursor or "", limit)
        else:
            found = (outbox.given_up if state else outbox.waiting)(cursor or "", limit)
        return Page(found.rows, found.cursor or None)
