"""Makers for the tests of the desk: sealed days and month ends, loans that are late, work that waits."""

from datetime import date, timedelta
from typing import Any

from accounts.loans.state import Demand, LoanState, Terms
from accounts.models import Books, ClosedDay, HeldMovement, MonthEnd
from accounts.models.loans import Loan
from accounts.models.standing import StandingOrder
from accounts.queries import totals
from cloudbank import store
from cloudbank.clock import iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.ids import new_id
from compliance.queries import sealed, standing
from compliance.testing import today
from monitoring.casework import CaseFile


def business_days_ago(days: int) -> date:
    """So many business days before the current one."""
    calendar = bank_calendar()
    day = calendar.business_date(utcnow())
    for _ in range(days):
        day = calendar.on_or_before(day - timedelta(days=1))
    return day


def a_sealed_day(day: date, numbers: dict[str, int] | None = None, **end: int) -> ClosedDay:
    """A closed day that ended with these, and the books closed up to it."""
    iso_day = day.isoformat()
    item = ClosedDay(
        account_id=ClosedDay.key("USD", iso_day),
        version=1,
        day=iso_day,
        currency="USD",
        numbers=numbers or {},
        end=end,
        packed_cells=ClosedDay.pack({}),
        last_seen={},
        postings_hash="",
        previous_seal="",
        seal="",
        closed_at=iso(utcnow()),
    )
    known = store.get(Books, Books.key("USD")) or Books(account_id=Books.key("USD"))
    known.first_day = min(known.first_day or iso_day, iso_day)
    known.last_closed = max(known.last_closed or iso_day, iso_day)
    store.save([store.new(item), store.stored(known)])
    forget()
    return item


def a_month_end(day: date, sheet: str, numbers: dict[str, int]) -> MonthEnd:
    """A month-end sheet with these numbers and no rows."""
    key = MonthEnd.key("USD", day.isoformat(), sheet)
    item = MonthEnd(
        account_id=key,
        version=1,
        day=day.isoformat(),
        currency="USD",
        sheet=sheet,
        fields=[],
        rows=0,
        parts=[],
        hash="",
    )
    item.pack(numbers, {})
    store.save([store.new(item)])
    forget()
    return item


def forget() -> None:
    """What this process keeps of the books."""
    totals.forget()
    sealed.forget()
    standing.forget()


def a_late_loan(days: int, principal: int = 100_000, *, stage: str = "active") -> Loan:
    """A running loan whose oldest unpaid instalment was due so many days ago (0: not late)."""
    due = today() - timedelta(days=days)
    demands = (Demand(due, 500, 1_000),) if days else ()
    started = due - timedelta(days=40)
    terms = Terms(principal, 600, 60, started)
    state = LoanState(stage, terms, principal=principal, demands=demands, disbursed=principal)
    item = Loan(
        account_id=new_id("loan"),
        owner_id="usr_borrower",
        product="loan",
        currency="USD",
        branch="main",
        status="active",
        opened_at=f"{started.isoformat()}T15:00:00.000000Z",
        opened_on=started.isoformat(),
        stage=stage,
        offer="personal",
        pays_to="",
        entered_by="usr_teller",
        parts={},
    )
    item.put(state, started)
    store.save([store.new(item)])
    return item


def a_held_movement(days: int, *, left: int = 1, **more: Any) -> HeldMovement:
    """A movement stopped so many days ago, with so many days left."""
    movement = new_id("mov")
    known: dict[str, Any] = {"expires_on": (today() + timedelta(days=left)).isoformat()} | more
    item = HeldMovement(
        transaction_id=HeldMovement.key(movement),
        version=1,
        movement_id=movement,
        instruction={},
        asked_by="usr_a",
        asked_role="customer",
        asked_from="127.0.0.1",
        on_account="acc",
        owner_id="usr_a",
        amount=120_000,
        currency="USD",
        outcome="hold",
        asked_at=iso(bank_calendar().local(utcnow()) - timedelta(days=days)),
        **known,
    )
    item.file()
    store.save([store.new(item)])
    return item


def a_case(days: int) -> CaseFile:
    """An open case that was opened so many days ago on the bank's clock."""
    opened = bank_calendar().local(utcnow()) - timedelta(days=days)
    item = CaseFile(
        transaction_id=new_id("case"),
        version=1,
        title="Cash at two branches",
        severity="high",
        opened_by="usr_ana",
        opened_at=iso(opened),
        opened_on=opened.date().isoformat(),
    )
    item.file()
    store.save([store.new(item)])
    return item


def a_standing_order(run_on: date) -> StandingOrder:
    """An active order that is tried on the evening of a business date."""
    item = StandingOrder(
        transaction_id=new_id("std"),
        version=1,
        owner_id="usr_a",
        from_account="a",
        to_account="b",
        to_name="B",
        amount=5_000,
        currency="USD",
        branch="main",
        rhythm="monthly",
        first_on=run_on.isoformat(),
        due_on=run_on.isoformat(),
        run_on=run_on.isoformat(),
        made_at=iso(utcnow()),
    )
    item.file()
    store.save([store.new(item)])
    return item
