"""At the counter: the customer's account by the customer's name or e-mail address, where a number is asked for."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.http import urlencode

from accounts.forms.banking import MovementForm, label
from accounts.ledger import CLOSED
from accounts.models import DepositAccount, User
from accounts.queries.deposits import accounts_of
from accounts.queries.people import find_customers
from accounts.readback import identity_problem
from accounts.services.look_ups import count_look_up
from accounts.views.person_facts import year_of
from cloudbank.clock import utcnow
from cloudbank.templatetags.bank import badge

MOST = 6
"""Customers shown; each costs a query of their accounts."""
SHORTEST = 2


@dataclass(frozen=True)
class Offered:
    """An account and the links that put its number into a field: (words, address); none when its state forbids it."""

    account: DepositAccount
    label: str
    uses: list[tuple[str, str]]


@dataclass(frozen=True)
class Found:
    """A customer with the accounts that are not closed."""

    person: User
    identity: str
    """What the identity check lacks, or ""."""
    accounts: list[Offered]
    told: date | None = None
    """The date of birth that the person at the counter says."""

    @property
    def born(self) -> str:
        """The year, to tell namesakes apart; the day is asked of the person and compared, never shown."""
        return year_of(self.person.date_of_birth)

    @property
    def agrees(self) -> bool | None:
        """Whether what was told is what is on record; None when nothing was told or nothing is on record."""
        if self.told is None or not self.person.date_of_birth:
            return None
        return self.told.isoformat() == self.person.date_of_birth


@dataclass(frozen=True)
class Search:
    """What was looked for and what was found."""

    text: str
    found: list[Found]
    is_cut: bool = False
    told: str = ""
    """The date of birth as it was typed."""
    problem: str = ""
    """What is wrong with it."""

    @property
    def is_short(self) -> bool:
        """Too little was typed to look for."""
        return 0 < len(self.text) < SHORTEST


def found_at_desk(request: HttpRequest, form: MovementForm, filled: Mapping[str, str]) -> dict[str, Any]:
    """What the form's page shows of the search. A look-up is counted. Raises throttle.TooMany."""
    text = request.GET.get("find", "")
    if text.strip():
        count_look_up(actor=form.desk.actor, now=utcnow())
    return {"filled": filled, "search": search(text, form.offered_fields(), filled, request.GET.get("born", ""))}


def identity_fact(someone: User | None) -> tuple[str, str]:
    """For the read-back: what a customer's identity check lacks; two empty words when nothing."""
    lacking = identity_problem(someone.kyc_status) if someone else ""
    return (badge("unverified", lacking), f"{someone.name}: check the document") if someone and lacking else ("", "")


def search(
    text: str, fields: Mapping[str, tuple[str, Container[str]]], filled: Mapping[str, str], born: str = ""
) -> Search:
    """Look for customers. `fields`: field -> its words and the states it takes; `filled`: what the form holds;
    `born`: the date of birth (ISO) that the person at the counter says, to be compared.
    """
    text, born = " ".join(text.split())[:100], born.strip()[:20]
    told, problem = _day(born)
    if len(text) < SHORTEST:
        return Search(text, [], told=born, problem=problem)
    people = find_customers(text, MOST + 1)
    found = [Found(one, identity_problem(one.kyc_status), _offered(one, fields, filled), told) for one in people[:MOST]]
    return Search(text, found, len(people) > MOST, born, problem)


def _day(typed: str) -> tuple[date | None, str]:
    """The day that was typed and what is wrong with it."""
    if not typed:
        return None, ""
    try:
        return date.fromisoformat(typed), ""
    except ValueError:
        return None, "Write the date of birth as 1990-02-03."


def _offered(owner: User, fields: Mapping[str, tuple[str, Container[str]]], filled: Mapping[str, str]) -> list[Offered]:
    offered = []
    for item in accounts_of(owner.user_id):
        if item.status != CLOSED:
            uses = [
                (words, f"?{urlencode({**filled, name: item.account_id})}")
                for name, (words, states) in fields.items()
                if item.status in states
            ]
            offered.append(Offered(item, label(item), uses))
    return offered
