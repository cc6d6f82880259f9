"""Every URL has a declared policy: each view, each role and nobody, against the table in policy.txt.

A new or changed URL fails here until the table says what it should do. After checking the difference,
write the table anew:  POLICY_WRITE=1 pytest accounts/tests/test_policy.py -k table
Each cell says what happens to a request with an empty form: `yes` answered (a refused form too), `403`,
`404` there is no such thing for this person, `in` sent to sign in. `customer` owns the account and the movement
in the addresses, `stranger` is another customer; ids of other things are made up (add yours to `samples`).
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.ledger import CASH, Actor, Instruction
from accounts.models import User
from accounts.queries.people import user
from accounts.services.deposits import open_account
from accounts.services.loans.applications import Application, apply_for_loan
from accounts.services.posting import post
from accounts.testing import make_user, signed_in
from cloudbank.clock import utcnow
from cloudbank.roles import Role
from cloudbank.tables import TABLES

pytestmark = pytest.mark.usefixtures("bank")
TABLE = Path(__file__).with_name("policy.txt")
NOBODY, STRANGER = "nobody", "stranger"
WHO = (NOBODY, "customer", STRANGER, *(str(role) for role in Role if role != Role.CUSTOMER))
PUBLIC = frozenset(
    {"login", "register", "password_reset", "password_reset_done", "password_reset_confirm", "home", "static"}
)
"""Names of the views that answer people who are not signed in. Think twice."""
POLICIES = {"GET": "get", "POST": "post"}
MADE_UP = "made-up-id"


def patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every route of the bank with its pattern."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        else:
            yield route, entry


def methods(pattern: URLPattern) -> list[str]:
    """The methods that the view answers."""
    view = getattr(pattern.callback, "view_class", None)
    if view is None:
        return ["GET"]
    allowed = [name.upper() for name in view.http_method_names]
    return [method for method, name in POLICIES.items() if method in allowed and hasattr(view, name)]


@pytest.fixture
def samples(bank: Any) -> dict[str, str]:
    """Values for the parts of addresses by name, of a bank that has them."""
    return samples_of_the_bank()


def samples_of_the_bank() -> dict[str, str]:
    """The customer, an account of the customer, a deposit on it."""
    owner = make_user("customer", user_id="usr_customer", name="Owner Example")
    actor, now = Actor(owner.user_id, "customer", "test"), utcnow()
    account = open_account(
        owner_id=owner.user_id, product="checking", currency="USD", branch="main", key="k", actor=actor, now=now
    )
    asked = Instruction(
        type="deposit",
        key="k",
        amount=10_000,
        currency="USD",
        debit=CASH,
        credit=account.account_id,
        channel="branch",
        branch="main",
        actor=actor,
    )
    movement = post(asked, now=now).movement_id
    lent = apply_for_loan(
        owner=owner, application=Application("personal", 200_000, 12, "p", 1, account.account_id, False),
        key="k", actor=actor, name="o", now=now,
    )  # fmt: skip
    known = {"user_id": owner.user_id, "account_id": account.account_id, "movement_id": movement, "action": "freeze"}
    return known | {"loan_id": lent.loan_id, "deed": "withdraw"}


def address(route: str, samples: dict[str, str]) -> str:
    """The route with values."""

    def value(part: re.Match[str]) -> str:
        kind, _, name = part.group(1).rpartition(":")
        return samples.get(name) or ("1" if kind == "int" else MADE_UP)

    return "/" + re.sub(r"<([^>]+)>", value, route).replace("^", "").replace("$", "")


def routes() -> list[tuple[str, str]]:
    """(method, route) of everything that can be asked for."""
    found = [(method, route) for route, pattern in patterns() for method in methods(pattern)]
    return sorted(set(found), key=lambda one: (one[1], one[0]))


def person_of(who: str) -> User | None:
    """The person of a column; the owner is there already."""
    if who == NOBODY:
        return None
    if who == "customer":
        return user("usr_customer")
    return make_user("customer" if who == STRANGER else who, user_id=f"usr_{who}")


def ask(person: User | None, method: str, path: str) -> Any:
    """One request by a fresh client."""
    client = Client(raise_request_exception=False)
    if person:
        signed_in(client, person)
    return client.generic(method, path)


def verdict(answer: HttpResponse) -> str:
    """The cell of the table."""
    if answer.status_code == 302 and answer["Location"].startswith("/login?"):
        return "in"
    if answer.status_code in (403, 404):
        return str(answer.status_code)
    return "yes" if answer.status_code < 500 else f"ERROR {answer.status_code}"


def written() -> dict[tuple[str, str], dict[str, str]]:
    """The checked-in table."""
    lines = [line.split() for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    head = lines[0][2:]
    return {(line[0], line[1].removeprefix("/")): dict(zip(head, line[2:], strict=True)) for line in lines[1:]}


def as_text(table: dict[tuple[str, str], dict[str, str]]) -> str:
    """The table as it is checked in."""
    rows = [["method", "route", *WHO]]
    rows += [[method, f"/{route}", *(cells[who] for who in WHO)] for (method, route), cells in table.items()]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "# " + __doc__.splitlines()[0] + " See test_policy.py.\n" + "\n".join(lines) + "\n"


@dataclass
class Asked:
    """What the bank did for everybody: the cells of the table, the headers that pages lacked, what a GET changed."""

    cells: dict[tuple[str, str], dict[str, str]]
    missing: list[str]
    changed: dict[str, list[str]]
    """The keys of items that were not the same after somebody had asked for every page, by who that was."""


@pytest.fixture
def asked(bank: Any) -> Asked:
    """What everybody was answered: asked in the first test that wants to know, under the guards of a test."""
    return everybodys_answers()


@cache
def everybodys_answers() -> Asked:
    """Every route once for each person: several tests look at the answers, which takes less than asking again."""
    here = samples_of_the_bank()
    people = {who: person_of(who) for who in WHO}
    told = Asked({one: {} for one in routes()}, [], {})

    def ask_for(method: str, route: str, who: str) -> None:
        answer = ask(people[who], method, address(route, here))
        told.cells[method, route][who] = verdict(answer)
        told.missing.extend(f"{who}: {method} {route}: {name}" for name in lacking(answer))

    for who in WHO:
        before = everything()
        for method, route in routes():
            if method == "GET":
                ask_for(method, route, who)
        told.changed[who] = differing(before, everything())
    for method, route in routes():
        for who in WHO if method != "GET" else ():
            ask_for(method, route, who)
    return told


def everything() -> dict[str, Any]:
    """All items of all tables, but for the test's own sessions."""
    items = {item.hash_key: item.serialize() for base in TABLES for item in base.scan()}
    return {key: value for key, value in items.items() if not key.startswith("session#")}


def differing(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The keys of items that came, went or changed."""
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


@pytest.mark.slow
def test_table_is_what_the_bank_does_for_each_view_and_role(asked: Asked) -> None:
    found = asked.cells
    if os.environ.get("POLICY_WRITE"):
        TABLE.write_text(as_text(found))
    declared = written()
    different = [
        f"{method} /{route} {who}: declared {declared.get((method, route), {}).get(who, 'nothing')}, is {cell}"
        for (method, route), cells in found.items()
        for who, cell in cells.items()
        if declared.get((method, route), {}).get(who) != cell
    ]
    gone = [f"{method} /{route}: declared, but there is no such URL" for method, route in set(declared) - set(found)]
    assert different + gone == [], f"{TABLE.name} differs; the actual table is:\n{as_text(found)}"


def test_nothing_but_the_public_pages_answers_people_who_are_not_signed_in(asked: Asked) -> None:
    names = {route: pattern.name or "" for route, pattern in patterns()}
    assert {names[route] for (_, route), cells in asked.cells.items() if cells[NOBODY] != "in"} <= PUBLIC


def test_routes_have_no_trailing_slash() -> None:
    assert [route for route, _ in patterns() if route.endswith("/")] == []


def test_auditor_writes_nothing() -> None:
    """Reads all, writes nothing: the only POSTs an auditor may send concern the own sign-in, and what is read by one."""
    own = {"login", "logout", "password/change", "sessions/<ref>/end"}
    own |= {"reports/postings", "reports/verify"}  # a file that is taken and put on record; a file that is looked at
    cells = {route: row["auditor"] for (method, route), row in written().items() if method == "POST"}
    public = {route for route, pattern in patterns() if pattern.name in PUBLIC}
    assert {route for route, cell in cells.items() if cell not in ("403", "404")} <= own | public


NOT_FOR_READERS = {
    "counter/person": "finds a customer for a form of the counter",
    "loans/quote": "works out a loan while it is asked for",
    "receipts/<slug:movement_id>/state": "what became of a movement that one has just sent",
    "rules/<slug:code>/try": "tries another value of a rule before it is asked for",
    "transfer/recipient": "names the payee while a transfer is typed",
    "webhooks": "addresses outside, with their secrets",
}
"""What the auditor does not read although colleagues may, and why: nothing here is a record of the bank."""
STAFF_CELLS = ("teller", "analyst", "manager", "compliance", "admin")


def test_auditor_reads_all_that_any_colleague_reads_but_the_forms_of_their_work() -> None:
    table = written()
    doing = {
        route
        for (method, route), row in table.items()
        if method == "POST" and any(row[who] in ("yes", "404") for who in STAFF_CELLS) and row["auditor"] == "403"
    }
    shut = {
        route
        for (method, route), row in table.items()
        if method == "GET" and row["auditor"] == "403" and any(row[who] in ("yes", "404") for who in STAFF_CELLS)
    }
    assert shut - doing - set(NOT_FOR_READERS) == set()
    assert set(NOT_FOR_READERS) <= shut - doing, "a page that the auditor reads now, or that is gone"


def filled(samples: dict[str, str]) -> dict[str, str]:
    """A form that means something to as many pages as one form can."""
    asked = dict.fromkeys(("confirm", "agree", "approve", "ready", "active", "disable-disabled"), "yes")
    asked |= dict.fromkeys(("reason", "note", "answer", "title", "name", "details", "plan"), "For the year's audit")
    asked |= {f"{form}-reason": "Audit" for form in ("decide", "reveal", "role", "disable", "end")}
    asked |= {"decide-decision": "approve", "role-role": "admin", "role": "admin", "key": "k1", "version": "1"}
    asked |= {"amount": "25.00", "outcome": "granted", "step": "close", "formats": "csv", "day": "2026-01-05"}
    asked |= {"ids": samples["user_id"], "value": "1", "effective_from": "2099-01-01", "email": "a@b.example"}
    return asked | dict.fromkeys(("account", "account_id", "from_account", "to_account"), samples["account_id"])


def test_auditor_changes_nothing_by_any_form_filled_in_whatever_it_asks_to_be_done(samples: dict[str, str]) -> None:
    auditor = person_of("auditor")
    assert auditor is not None
    before, form, asked = everything(), filled(samples), 0
    for route, pattern in patterns():
        if "POST" not in methods(pattern) or pattern.name in PUBLIC | {"logout"}:
            continue
        actions = getattr(getattr(pattern.callback, "view_class", None), "bulk_actions", ())
        codes = [one.code for one in actions] if isinstance(actions, tuple | list) else []
        client = signed_in(Client(raise_request_exception=False), auditor)
        for code in codes or ["approve"]:
            client.post(address(route, samples), form | {"action": code, "decision": code})
            asked += 1
    assert differing(before, everything()) == []
    assert asked > 60


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_csrf_token_is_asked_for_on_every_post(samples: dict[str, str], who: str) -> None:
    person, open_doors = person_of(who), []
    for route, pattern in patterns():
        if "POST" not in methods(pattern):
            continue
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        if person:
            signed_in(client, person)
        answer = client.post(address(route, samples))
        if answer.status_code != 403 or "403_csrf.html" not in [one.name for one in answer.templates]:
            open_doors.append(route)
    assert open_doors == []


@pytest.mark.parametrize("who", WHO)
def test_get_changes_nothing(asked: Asked, who: str) -> None:
    assert asked.changed[who] == []


HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
}


def lacking(answer: HttpResponse) -> list[str]:
    """The headers that a page must carry and does not."""
    policy = answer.get("Content-Security-Policy", "")
    missing = [name for name, text in HEADERS.items() if text not in answer.get(name, "")]
    return missing + ["CSP" for bad in ("unsafe", "*", "http:") if bad in policy or not policy]


def test_every_page_carries_the_headers(asked: Asked) -> None:
    assert len(asked.cells) > 100
    assert asked.missing == []


def test_wrong_host_is_refused(client: Client) -> None:
    assert client.get("/login", headers={"Host": "evil.example"}).status_code == 400


def test_load_balancer_may_ask_for_health_under_any_host(client: Client, requests_made: Any) -> None:
    answer = client.get("/healthz", headers={"Host": "10.0.0.7"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert "GetItem" not in requests_made.operations
    assert client.get("/readyz", headers={"Host": "10.0.0.7"}).status_code == 200


def test_readyz_is_red_when_the_store_does_not_answer(client: Client) -> None:
    for base in TABLES:
        base.delete_table()
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_a_form_with_too_many_fields_is_a_clean_refusal(client: Client) -> None:
    signed_in(client, make_user("teller"))
    answer = client.post("/password/change", {f"field{number}": "x" for number in range(2000)})
    assert answer.status_code in (400, 413)
    assert b"Traceback" not in answer.content


def test_a_body_that_is_too_large_is_a_clean_refusal(client: Client) -> None:
    signed_in(client, make_user("teller"))
    answer = client.post("/password/change", {"old_password": "x" * 3_000_000})
    assert answer.status_code in (400, 413)
