"""`/snoozes`: rules that are kept quiet for customers, and (`/snoozes/<customer>`) what they would have said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse

from accounts.http import actor_of
from accounts.ledger import Refused
from accounts.models import User
from accounts.queries.people import user, users
from accounts.services.posting import Busy
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.lists import BulkAction, BulkResult, Column, ListQuery, ListView, Page
from monitoring.models import AlertFinding
from monitoring.patternbook import named
from monitoring.queries.snoozes import Running, kept_quiet, running
from monitoring.services.snoozing import lift_snooze
from monitoring.views.decisions import WORK
from monitoring.views.queue import VIEW


def rule_title(code: str) -> str:
    """The rule's number and name."""
    rule = named(code)
    return f"{rule.number} {rule.title}" if rule else code


@dataclass(frozen=True)
class Row:
    """A snooze with the names of its people."""

    running: Running
    people: dict[str, User]
    today: date

    @property
    def id(self) -> str:
        """For the tick box."""
        return f"{self.running.snooze.customer_id}#{self.running.snooze.rule}"

    @property
    def title(self) -> str:
        """The rule."""
        return rule_title(self.running.snooze.rule)

    @property
    def url(self) -> str:
        """What it kept quiet."""
        return reverse("snoozed", args=[self.running.snooze.customer_id])

    @property
    def customer(self) -> str:
        """For whom."""
        return self._name(self.running.snooze.customer_id)

    @property
    def by(self) -> str:
        """Who snoozed it."""
        return self._name(self.running.snooze.by)

    @property
    def until(self) -> date:
        """The last day."""
        return date.fromisoformat(self.running.snooze.until)

    @property
    def state(self) -> str:
        """Whether its last day is over; it is kept in the list until somebody has looked."""
        return "Expired" if self.until < self.today else "Running"

    def _name(self, user_id: str) -> str:
        found = self.people.get(user_id)
        return found.name if found else user_id


def _lift(request: HttpRequest, ids: Sequence[str], reason: str) -> Sequence[BulkResult]:
    results, actor, now = [], actor_of(request), utcnow()
    for one in ids:
        customer_id, _, rule = one.partition("#")
        label = rule_title(rule)
        try:
            lift_snooze(customer_id=customer_id, rule_code=rule, reason=reason, actor=actor, now=now)
        except (Refused, Busy) as refused:
            results.append(BulkResult(one, False, str(refused), label))
        else:
            results.append(BulkResult(one, True, "It raises alerts again.", label))
    return results


class Snoozes(ListView):
    """Running snoozes of the bank, the first to end first."""

    name = "snoozes"
    saved_views = True
    title = "Snoozed rules"
    intro = "One rule, one customer, until a day. Findings are counted and kept; critical ones always raise an alert."
    icon = "moon-stars"
    permission_required = VIEW
    empty_title = "No rule is snoozed"
    empty_text = "An analyst snoozes a rule for a customer on the page of an alert."
    columns = (
        Column("title", "Rule", main=True, link=lambda row: row.url),
        Column("customer", "Customer"),
        Column("until", "Until", "date"),
        Column("state", "State", "badge"),
        Column("quiet", "Kept quiet", "number", value=lambda row: row.running.quiet),
        Column("reason", "Why", value=lambda row: row.running.snooze.reason, note="by"),
    )
    bulk_actions = (BulkAction("lift", "Lift", "bell", WORK, _lift, reason_label="why it ends before its day"),)

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """One page, with counts from the customers' risk states."""
        found, following = running(cursor=cursor or "", limit=limit)
        people = users(sorted({name for one in found for name in (one.snooze.customer_id, one.snooze.by)} - {""}))
        today = bank_calendar().local(utcnow()).date()
        return Page([Row(one, people, today) for one in found], following or None)


def _moment(finding: AlertFinding) -> datetime:
    return from_iso(finding.at)


class SnoozedFindings(ListView):
    """What snoozed rules found on one customer, newest first."""

    name = "snoozed-findings"
    title = "Findings kept quiet"
    icon = "moon-stars"
    permission_required = VIEW
    empty_title = "Nothing was kept quiet"
    empty_text = "No snoozed rule has found anything on this customer."
    columns = (
        Column("rule", "Rule", main=True, value=lambda one: rule_title(one.rule), note="sentence"),
        Column("severity", "Severity", "severity"),
        Column("at", "Posted", "time", value=_moment),
        Column("amount", "Amount", "balance", currency="currency"),
        Column("movement_id", "Movement", link=lambda one: reverse("receipt", args=[one.movement_id])),
    )

    @property
    def intro(self) -> str:  # type: ignore[override]
        """Whose."""
        customer = user(self.kwargs["customer_id"])
        if customer is None or customer.is_staff_member:
            raise Http404("no such customer")
        return f"{customer.name}: findings of rules that were snoozed on that day. They are in no alert."

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """One page."""
        _ = self.intro  # an unknown customer is not found, whatever is asked for
        found = list(islice(kept_quiet(self.kwargs["customer_id"], cursor or ""), limit + 1))
        return Page(found[:limit], found[limit - 1].subject_order if len(found) > limit else None)
