"""The calendar of currency transaction reports (domain/compliance.md), each case from the counter to the draft."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

import pytest

from accounts.ledger import CLEARING, DEPOSIT, Instruction
from accounts.models import User
from accounts.services.closing import close_through
from accounts.services.posting import post
from accounts.testing import make_user
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.ids import new_id
from compliance.filings.drafting import draft_due
from compliance.filings.exemptions import Exemption
from compliance.filings.joint import set_joint_holder
from compliance.filings.models import CashReport
from compliance.filings.terms import BEHALF, FOR_ANOTHER, OWN
from compliance.filings.testing import cash
from compliance.testing import TILL, actor, an_account_of

pytestmark = pytest.mark.usefixtures("bank")

OPENED = "2025-10-01 09:00"
WEDNESDAY, THURSDAY, FRIDAY, MONDAY = "2025-10-01", "2025-10-02", "2025-10-03", "2025-10-06"
HOLIDAY, AFTER_HOLIDAY = "2025-10-13", "2025-10-14"
"""Columbus Day 2025 and the business day after it."""


@dataclass(frozen=True)
class Case:
    """Cash: (account, amount in minor units, local time, branch, who brings it). Accounts are named for their owner
    (a1 and a2 are Ana's, b1 Ben's). Expected: (person, direction, business day) -> (total, movements, roles).
    """

    name: str
    cash: Sequence[tuple[str, int, str, str, str]]
    expected: Mapping[tuple[str, str, str], tuple[int, int, Mapping[str, str]]]
    joint: Mapping[str, str] = field(default_factory=dict)
    exempt: str = ""


def one(
    person: str, direction: str, day: str, total: int, movements: int, **roles: str
) -> dict[tuple[str, str, str], tuple[int, int, Mapping[str, str]]]:
    """One expected report."""
    return {(person, direction, day): (total, movements, roles or {person: OWN})}


NOON = f"{WEDNESDAY} 12:00"
CASES = (
    Case("exactly 10,000.00 is no report", [("a1", 1_000_000, NOON, "main", "")], {}),
    Case("10,000.01 is one", [("a1", 1_000_001, NOON, "main", "")], one("a", "in", WEDNESDAY, 1_000_001, 1)),
    Case(
        "two accounts of one person",
        [("a1", 600_000, NOON, "main", ""), ("a2", 600_000, NOON, "main", "")],
        one("a", "in", WEDNESDAY, 1_200_000, 2),
    ),
    Case(
        "two branches",
        [("a1", 600_000, NOON, "main", ""), ("a1", 600_000, f"{WEDNESDAY} 15:00", "north", "")],
        one("a", "in", WEDNESDAY, 1_200_000, 2),
    ),
    Case(
        "two persons are not added up",
        [("a1", 600_000, NOON, "main", ""), ("b1", 600_000, NOON, "main", "")],
        {},
    ),
    Case(
        "two business days are not added up",
        [("a1", 600_000, f"{WEDNESDAY} 17:59", "main", ""), ("a1", 600_000, f"{THURSDAY} 09:00", "main", "")],
        {},
    ),
    Case(
        "Friday night counts on Monday",
        [("a1", 600_000, f"{FRIDAY} 18:30", "main", ""), ("a1", 600_000, f"{MONDAY} 10:00", "main", "")],
        one("a", "in", MONDAY, 1_200_000, 2),
    ),
    Case(
        "Friday at noon does not",
        [("a1", 600_000, f"{FRIDAY} 12:00", "main", ""), ("a1", 600_000, f"{MONDAY} 10:00", "main", "")],
        {},
    ),
    Case(
        "a holiday counts on the next business day",
        [("a1", 600_000, f"{HOLIDAY} 12:00", "main", ""), ("a1", 600_000, f"{AFTER_HOLIDAY} 12:00", "main", "")],
        one("a", "in", AFTER_HOLIDAY, 1_200_000, 2),
    ),
    Case(
        "cash in and cash out are two reports and never netted",
        [("a1", 1_100_000, NOON, "main", ""), ("a1", -1_050_000, f"{WEDNESDAY} 13:00", "main", "")],
        one("a", "in", WEDNESDAY, 1_100_000, 1) | one("a", "out", WEDNESDAY, 1_050_000, 1),
    ),
    Case(
        "cash in and cash out are not added up either",
        [("a1", 600_000, NOON, "main", ""), ("a1", -600_000, f"{WEDNESDAY} 13:00", "main", "")],
        {},
    ),
    Case("an exempt person is not reported", [("a1", 5_000_000, NOON, "main", "")], {}, exempt="a"),
    Case(
        "an exempt person who brings another one's cash is",
        [("b1", 1_100_000, NOON, "main", "a")],
        one("b", "in", WEDNESDAY, 1_100_000, 1, b=BEHALF, a=FOR_ANOTHER),
        exempt="a",
    ),
    Case(
        "cash in to a joint account counts for both holders, in one report",
        [("a1", 1_100_000, NOON, "main", "")],
        one("a", "in", WEDNESDAY, 1_100_000, 1, a=OWN, b=BEHALF),
        joint={"a1": "b"},
    ),
    Case(
        "a joint holder's own cash and that of the joint account are added up",
        [("a1", 600_000, NOON, "main", ""), ("b1", 600_000, NOON, "main", "")],
        one("b", "in", WEDNESDAY, 1_200_000, 2, b=OWN, a=OWN),
        joint={"a1": "b"},
    ),
    Case(
        "cash out of a joint account counts for the holder who takes it",
        [("a1", -600_000, NOON, "main", "b"), ("b1", -600_000, NOON, "main", "")],
        one("b", "out", WEDNESDAY, 1_200_000, 2, b=OWN),
        joint={"a1": "b"},
    ),
    Case(
        "brought by another person: one report that names both",
        [("a1", 1_100_000, NOON, "main", "c")],
        one("a", "in", WEDNESDAY, 1_100_000, 1, a=BEHALF, c=FOR_ANOTHER),
    ),
    Case(
        "one person brings cash for two others: the report is theirs who brings it",
        [("a1", 600_000, NOON, "main", "c"), ("b1", 600_000, NOON, "main", "c")],
        one("c", "in", WEDNESDAY, 1_200_000, 2, c=FOR_ANOTHER, a=BEHALF, b=BEHALF),
    ),
)


def local(text: str) -> datetime:
    """A time on the bank's clock."""
    day, clock = text.split()
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), bank_calendar().zone)


def funded(account_id: str, amount: int) -> None:
    """Money that is no cash."""
    asked = Instruction(
        type=DEPOSIT, key=new_id("key"), amount=amount, currency="USD", debit=CLEARING, credit=account_id,
        channel="ach", branch="main", actor=TILL,
    )  # fmt: skip
    post(asked, now=local(OPENED))


def drafted(case: Case) -> tuple[list[CashReport], dict[str, User]]:
    """The reports of a bank in which just this happened; the people by letter."""
    people = {letter: make_user("customer", user_id=f"usr_{letter}", name=letter) for letter in "abc"}
    accounts = {name: an_account_of(people[name[0]], now=local(OPENED)) for name in ("a1", "a2", "b1")}
    for name, holder in case.joint.items():
        set_joint_holder(
            account_id=accounts[name], customer_id=people[holder].user_id, holds=True, reason="Signature card.",
            actor=actor(make_user("compliance")), now=utcnow(),
        )  # fmt: skip
    if case.exempt:
        key = Exemption.key(people[case.exempt].user_id)
        item = Exemption(user_id=key, customer_id=people[case.exempt].user_id, basis="listed", since="2025-01-01")
        item.file()
        store.save([store.stored(item)])
    for account, amount, at, branch, by in case.cash:
        if amount < 0:
            funded(accounts[account], -amount)
        brought_by = people[by].user_id if by else ""
        cash(accounts[account], amount, local(at), branch=branch, conductor_id=brought_by)
    last = max(bank_calendar().business_date(local(at)) for _, _, at, _, _ in case.cash)
    close_through(last, "USD", now=utcnow())
    return draft_due(now=utcnow()), people


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_calendar(case: Case) -> None:
    made, people = drafted(case)
    letter = {person.user_id: name for name, person in people.items()}
    told = {
        (letter[one.main["person_id"]], "in" if one.incoming else "out", one.day): (
            one.total,
            len(one.lines),
            {letter[person["person_id"]]: person["role"] for person in one.persons},
        )
        for one in made
    }
    assert told == case.expected
    assert len(told) == len(made)
    assert draft_due(now=utcnow()) == []


def test_the_due_date_is_fifteen_calendar_days_after_the_business_day() -> None:
    (item,), _ = drafted(CASES[1])
    assert item.due_on == "2025-10-16"
