"""What protects the bank at once, from the page of an alert or a case: stopped movements, blocks, sanctions hits."""

from collections.abc import Collection, Mapping, Sequence

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Posting, User
from accounts.queries.held import held_among
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from monitoring.forms.held import DecideForm
from monitoring.models import AlertFinding
from monitoring.queries.held import with_names
from monitoring.services.held import DECIDE
from monitoring.views.held import Row

MOST_HERE = 25


def page_of_origin(origin: str) -> str:
    """The address of the alert or case from which something was put on a list; "" of anything else."""
    if origin.startswith("alt_"):
        return reverse("alert", args=[origin])
    return reverse("case", args=[origin]) if origin.startswith("cas_") else ""


def stopped_here(findings: Sequence[AlertFinding], request: HttpRequest) -> list[tuple[Row, DecideForm | None]]:
    """The movements of these findings that were stopped, those that wait with the form to decide."""
    ids = list(dict.fromkeys(one.movement_id for one in findings))[:MOST_HERE]
    rows = [Row(one, business_date(utcnow())) for one in with_names(held_among(ids))]
    may = request.user.has_perm(DECIDE)
    return [
        (row, DecideForm(auto_id=f"id_{row.item.movement_id}_%s") if may and row.item.is_waiting else None)
        for row in rows
    ]


def counterparties(
    movements: Sequence[Posting], people: Mapping[str, User], customers: Collection[str], stopped: Sequence[Row]
) -> list[tuple[str, str]]:
    """(account, name) of who else takes part in these movements and banks here, also of those that were stopped."""
    found: dict[str, str] = {}
    for line in movements:
        for account, owner in ((line.account_id or "", line.owner_id), (line.counter, line.counter_owner)):
            if owner and owner not in customers:
                found.setdefault(account, people[owner].name if owner in people else owner)
    for row in stopped:
        for account in (row.asked["debit"], row.asked["credit"]):
            owner = row.stopped.owner_of(account)
            if owner and owner not in customers:
                found.setdefault(account, row.stopped.name_of(owner))
    return list(found.items())[:MOST_HERE]


def sanctions_hits(findings: Sequence[AlertFinding]) -> list[tuple[str, str, str]]:
    """(whose name, entry, score) of their sanctions hits, each once."""
    known = [one.inputs for one in findings if one.rule == "sanctions"]
    found = {(str(one.get("subject", "")), str(one.get("entry", ""))): str(one.get("score", "")) for one in known}
    return [(subject, uid, score) for (subject, uid), score in found.items()]
