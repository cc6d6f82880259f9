"""Movements and customers for pure tests: no store, no clock."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from accounts.ledger import CASH, Actor, Line, Movement
from monitoring.activity import Activity
from monitoring.rulebook import RULES, Rule, defaults
from monitoring.screen import Finding, Outcome, Screener, Unjudged

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
"""A Monday noon in New York."""
_numbers = count(1)


@dataclass(frozen=True)
class Somebody:
    """A customer as rules see one."""

    customer_id: str
    segment: str = "retail"
    kyc_status: str = "verified"
    activated_on: str = "2026-01-02"
    accounts_opened_on: str = "2026-01-02"
    date_of_birth: str = ""
    risk_rating: str = "low"
    kyc_review_on: str = ""
    password_changed_at: str = ""


def line(account: str, owner: str, amount: int, counter: str, counter_owner: str, **more: Any) -> Line:
    """One posting; only what screening looks at matters. An account "ana/loan" is a loan."""
    texts = dict.fromkeys(
        ("posting_id", "movement_id", "type", "channel", "branch", "memo", "link", "posted_at", "business_date"), ""
    )
    texts |= dict.fromkeys(
        ("segment", "actor_id", "actor_role", "source", "conductor_id", "badge", "previous_hash"), ""
    )
    values: dict[str, Any] = texts | {
        "account_id": account,
        "owner_id": owner,
        "product": "loan" if account.endswith("/loan") else "checking",
        "amount": amount,
        "currency": "USD",
        "balance_after": 0,
        "sequence": 1,
        "counter": counter,
        "counter_owner": counter_owner,
        "observed": False,
    }
    return Line(**values | more)


def movement(amount: int, payer: str, payee: str, at: datetime, **more: Any) -> Movement:
    """From payer to payee; `CASH` and `CLEARING` are the house, "ana/2" is Ana's second account.

    `balance`: what the account of the (first) customer held before.
    """
    owners = {side: "" if side.startswith("house:") else side.partition("/")[0] for side in (payer, payee)}
    said: dict[str, Any] = {"type": "transfer", "channel": "branch"} | {
        name: more[name] for name in ("type", "channel") if name in more
    }
    balance, lines = more.pop("balance", None), []
    if owners[payer]:
        after = 0 if balance is None else balance - amount
        lines.append(line(payer, owners[payer], -amount, payee, owners[payee], balance_after=after, **said))
    if owners[payee]:
        after = 0 if balance is None or lines else balance + amount
        lines.append(line(payee, owners[payee], amount, payer, owners[payer], balance_after=after, **said))
    values: dict[str, Any] = {
        "movement_id": f"mov_{next(_numbers)}",
        "type": "transfer",
        "currency": "USD",
        "channel": "branch",
        "branch": "main",
        "memo": "",
        "link": "",
        "business_date": at.date(),
        "actor": Actor("usr_teller", "teller", "test"),
        "conductor_id": "",
        "observed": False,
    } | more
    return Movement(amount=amount, debit=payer, credit=payee, posted_at=at, lines=tuple(lines), **values)


@dataclass
class Town:
    """A few customers, the rules, and a clock that only tests move."""

    rules: list[Rule] = field(default_factory=lambda: list(RULES))
    now: datetime = NOON
    states: dict[str, Activity] = field(default_factory=dict)
    people: dict[str, Somebody] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=defaults)

    def __post_init__(self) -> None:
        self.screener = Screener(self.rules)

    def state(self, customer: str) -> Activity:
        """The customer's activity."""
        return self.states.setdefault(customer, Activity())

    def move(self, amount: int, payer: str, payee: str, **more: Any) -> Outcome:
        """Screen one movement, now."""
        moved = movement(amount, payer, payee, self.now, **more)
        involved = {one.owner_id for one in moved.lines} | ({moved.conductor_id} - {""})
        states = {customer: self.state(customer) for customer in involved}
        people = {customer: self.people.get(customer, Somebody(customer)) for customer in involved}
        return self.screener.screen(moved, states, people, self.parameters)

    def cash_in(self, amount: int, payee: str = "ana", **more: Any) -> Outcome:
        """A cash deposit."""
        return self.move(amount, CASH, payee, **more)

    def cash_out(self, amount: int, payer: str = "ana", **more: Any) -> Outcome:
        """A cash withdrawal."""
        return self.move(amount, payer, CASH, **more)

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


def town(*codes: str, **more: Any) -> Town:
    """A town with these rules only (none named: all)."""
    return Town([rule for rule in RULES if not codes or rule.code in codes], **more)


def found(outcome: Outcome) -> list[Finding]:
    """The findings of an outcome."""
    return [one for one in outcome.findings if isinstance(one, Finding)]


def codes(outcome: Outcome) -> set[str]:
    """The rules that found something."""
    return {one.rule for one in found(outcome)}


def unjudged(outcome: Outcome) -> set[str]:
    """The rules that could not judge."""
    return {one.rule for one in outcome.findings if isinstance(one, Unjudged)}


def business_day(text: str) -> dict[str, date]:
    """Keyword argument for `move`: another business date than that of the clock."""
    return {"business_date": date.fromisoformat(text)}
