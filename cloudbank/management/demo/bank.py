"""The demo bank, step by step; every step finds what an interrupted run has done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.bulk.register import Identity
from accounts.bulk.run import Outcome, Progress, run
from accounts.demo.life import Demo
from accounts.ledger import Actor
from accounts.models import ImportRun, User
from accounts.models.imports import DONE
from accounts.queries.imports import import_run
from accounts.queries.totals import books
from cloudbank.clock import from_iso, iso
from cloudbank.conf import bank_calendar
from cloudbank.management.demo.staff import COMMAND, STAFF
from cloudbank.roles import Role

IMPORT_ID = "demo"


@dataclass(frozen=True)
class Wish:
    """What the demo bank is to be like."""

    seed: int
    customers: int
    until: datetime
    quarters: int


def standing() -> ImportRun | None:
    """The record of the demo bank, if one was begun."""
    return import_run(IMPORT_ID)


def has_other_postings() -> bool:
    """Whether money has moved here that is not the demo's."""
    return bool(books(settings.BANK_CURRENCY).first_day) and standing() is None


def demo_of(wish: Wish, staff: Mapping[str, User]) -> Demo:
    """The demo bank; one that was begun keeps what it was begun with."""
    begun = standing()
    made_of: dict[str, Any] = begun.made_of if begun else _made_of(wish)
    return Demo(
        seed=made_of["seed"],
        customers=made_of["customers"],
        until=from_iso(made_of["until"]),
        currency=settings.BANK_CURRENCY,
        calendar=bank_calendar(),
        tellers=[Actor(staff[e].user_id, str(r), "198.51.100.7") for e, (_, r) in STAFF.items() if r is Role.TELLER],
        quarters=made_of["quarters"],
        fiscal_start=settings.FISCAL_YEAR_START_MONTH,
    )


def _made_of(wish: Wish) -> dict[str, Any]:
    return {
        "seed": wish.seed,
        "customers": wish.customers,
        "until": iso(wish.until),
        "quarters": wish.quarters,
    }


def post(demo: Demo, *, now: datetime, progress: Progress) -> Outcome:
    """The history, through the bulk path. Raises CannotImport, store.StoreError."""
    begun = standing()
    wish = Wish(demo.seed, demo.customers, demo.until, demo.quarters)
    days = {demo.currency: (demo.first, bank_calendar().business_date(demo.until))}
    identity = Identity(IMPORT_ID, begun.made_of if begun else _made_of(wish), days)
    return run(identity, demo, actor=COMMAND, now=now, audited=True, progress=progress)


def is_posted() -> bool:
    """Whether the whole history is stored."""
    begun = standing()
    return begun is not None and begun.state == DONE
