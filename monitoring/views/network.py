"""`/network/<customer_id>`: a customer's counterparties, two hops at most, as a picture with a table beside it."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.generic import View

from accounts.ledger import CASH, CLEARING, HOUSE
from accounts.models import User
from accounts.queries.people import user
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.roles import Role
from monitoring.network import WIDTH, Node, Tie
from monitoring.queries.network import DAYS, MOST_LINES, Counterparties, counterparties_of
from monitoring.views.queue import VIEW

NAME_LENGTH = 18
_HOUSES = {CASH: "Cash", CLEARING: "Outside the bank"}


@dataclass(frozen=True)
class Party:
    """A node of the picture with its name and its page."""

    node: Node
    name: str
    url: str

    @property
    def short(self) -> str:
        """What fits below a dot."""
        return self.name if len(self.name) <= NAME_LENGTH else f"{self.name[: NAME_LENGTH - 1]}\N{HORIZONTAL ELLIPSIS}"

    @property
    def radius(self) -> int:
        """Of its dot: smaller the farther away."""
        return (26, 16, 9)[self.node.hops]

    @property
    def side(self) -> str:
        """On which side of an outer dot its name stands: away from the middle. Else below it."""
        if self.node.hops < 2:
            return "below"
        return "right" if self.node.x >= WIDTH / 2 else "left"

    @property
    def text_x(self) -> float:
        """Where its name stands."""
        return self.node.x + {"below": 0, "right": self.radius + 5, "left": -self.radius - 5}[self.side]

    @property
    def text_y(self) -> float:
        """Where its name stands."""
        return self.node.y + (self.radius + 16 if self.side == "below" else 4)


@dataclass(frozen=True)
class Row:
    """One tie in the table."""

    name: str
    url: str
    through: str
    tie: Tie


class NetworkPage(PermissionRequiredMixin, View):
    """For those who see alerts."""

    permission_required = VIEW

    def get(self, request: HttpRequest, customer_id: str) -> HttpResponse:
        """The picture and the table."""
        customer = user(customer_id)
        if customer is None or customer.role != Role.CUSTOMER:
            raise Http404("no such customer")
        found = counterparties_of(customer_id, bank_calendar().local(utcnow()).date(), settings.BANK_CURRENCY)
        return render(request, "monitoring/network.html", _known(customer, found))


def _known(customer: User, found: Counterparties) -> dict[str, Any]:
    parties = {node.party: _party(node, found.people) for node in found.network.nodes}
    return {
        "customer": customer,
        "size": WIDTH,
        "wide": WIDTH + 180,
        "links": found.network.links,
        "parties": list(parties.values()),
        "left_out": found.network.left_out,
        "rows": _rows(found),
        "currency": settings.BANK_CURRENCY,
        "days": DAYS,
        "cut": MOST_LINES if found.is_cut else 0,
    }


def _party(node: Node, people: dict[str, User]) -> Party:
    return Party(node, _name(node.party, people), _url(node.party))


def _name(party: str, people: dict[str, User]) -> str:
    if party in HOUSE:
        return _HOUSES.get(party, "The bank")
    return people[party].name if party in people else party


def _url(party: str) -> str:
    return "" if party in HOUSE else reverse("network", args=[party])


def _rows(found: Counterparties) -> list[Row]:
    """The customer's own ties, all of them; then those of the second hop that are in the picture."""
    order = sorted(found.ties, key=lambda one: (-found.ties[one].volume, one))
    rows = [Row(_name(one, found.people), _url(one), "", found.ties[one]) for one in order]
    for link in found.network.links:
        if link.a.hops == 1:
            named = _name(link.b.party, found.people)
            rows.append(Row(named, _url(link.b.party), _name(link.a.party, found.people), link.tie))
    return rows
