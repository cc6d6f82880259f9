"""Sheets of a month end: sealed with its last business day, as of its end, once, and proven by the checker."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from accounts.loans.rows import LoanRow
from accounts.models import ClosedDay, MonthEnd, TapePart
from accounts.month_ends import SHEETS, Ended
from accounts.parameters import PROVISION
from accounts.queries.closed_months import sealed_days
from accounts.queries.month_ends import month_end, rows, sheets_on
from accounts.services import closing
from accounts.services.closing import CannotClose, close_through, seal_of
from accounts.services.loans.applications import withdraw_loan
from accounts.services.loans.servicing import repay_loan
from accounts.services.verification import verify
from accounts.testing import a_customer
from accounts.tests.conftest import MANAGER
from accounts.tests.lending import Borrower, an_account_at, applied_for, as_actor, paid_out, request_of
from cloudbank import approvals, parameters, store

pytestmark = pytest.mark.usefixtures("bank", "quiet")
MARCH, APRIL = date(2026, 3, 31), date(2026, 4, 30)


def at(month: int, day: int) -> datetime:
    """In the morning of a day of 2026, bank time."""
    return datetime(2026, month, day, 15, tzinfo=UTC)


def lent(amount: int, when: datetime, **more: Any) -> Borrower:
    customer = a_customer()
    return paid_out(customer=customer, account=an_account_at(customer, when), amount=amount, now=when, **more)


def asked_for(when: datetime) -> Borrower:
    customer = a_customer()
    return applied_for(customer=customer, account=an_account_at(customer, when), now=when)


def sealed(day: date) -> ClosedDay:
    close_through(day, "USD", now=datetime(2026, 6, 1, tzinfo=UTC))
    found = store.get(ClosedDay, ClosedDay.key("USD", day.isoformat()))
    assert found is not None
    return found


def loans_of(day: date) -> dict[str, LoanRow]:
    item = month_end(day, "USD", "loans")
    assert item is not None
    return {row.id: row for row in rows(item)}


def problems() -> dict[str, Any]:
    return verify("USD", full=True, now=datetime(2026, 6, 1, tzinfo=UTC)).problems


def test_the_last_business_day_of_a_month_is_sealed_with_its_sheets() -> None:
    one = lent(500_000, at(3, 27))
    day = sealed(MARCH)
    assert sorted(day.sheets) == SHEETS.codes()
    assert day.seal == seal_of(day)
    row = loans_of(MARCH)[one.loan_id]
    assert (row.principal, row.bucket, row.borrower, row.product) == (
        500_000,
        "current",
        one.customer.user_id,
        "personal",
    )
    sheet = sheets_on([MARCH], "USD")[MARCH.isoformat()]["loans"]
    assert (sheet.numbers["glp"], sheet.numbers["loans"], sheet.rows) == (day.end["loan_glp"], 1, 1)
    assert sheet.hash == day.sheets["loans"]
    before = store.get(ClosedDay, ClosedDay.key("USD", "2026-03-30"))
    assert before is not None and before.sheets is None
    assert not problems()


def test_the_seal_covers_the_sheets() -> None:
    lent(500_000, at(3, 27))
    day = sealed(MARCH)
    day.sheets = day.sheets | {"loans": "0" * 64}
    assert day.seal != seal_of(day)


def test_a_sheet_carries_on_from_the_one_before_it() -> None:
    one = lent(500_000, at(3, 27), instalments=12)
    sealed(MARCH)
    sealed(APRIL)
    row = loans_of(APRIL)[one.loan_id]
    assert (row.bucket, row.days, row.bucket_1, row.principal_1) == ("1-30", 3, "current", 500_000)
    item = month_end(APRIL, "USD", "loans")
    assert item is not None and item.since == MARCH.isoformat()
    assert not problems()


def test_what_moved_after_the_end_of_the_day_is_told_as_of_its_end() -> None:
    one, two = lent(500_000, at(3, 27)), lent(700_000, at(3, 30))
    lent(300_000, at(4, 1))
    repay_loan(
        loan_id=one.loan_id,
        amount=100_000,
        source=one.account,
        key="r1",
        actor=one.actor(),
        channel="online",
        now=at(4, 1),
    )
    owed = two.loan.loan().payoff(date(2026, 4, 1))
    lend_to_pay(two, owed)
    assert two.loan.stage == "closed"
    day = sealed(MARCH)
    found = loans_of(MARCH)
    assert {row.id: row.principal for row in found.values()} == {one.loan_id: 500_000, two.loan_id: 700_000}
    assert found[two.loan_id].stage == "active"
    assert (day.end["loan_glp"], day.end["book_principal"], day.end["loan_residual"]) == (1_200_000, 1_200_000, 0)
    assert "residual_glp" not in sheets_on([MARCH], "USD")[MARCH.isoformat()]["loans"].numbers
    assert not problems()


def lend_to_pay(one: Borrower, owed: int) -> None:
    """Pay the loan off on 1 April, at the counter."""
    repay_loan(
        loan_id=one.loan_id,
        amount=owed,
        source="house:cash",
        key="r2",
        actor=one.actor(),
        channel="branch",
        now=at(4, 1),
    )


def test_a_loan_that_ended_stays_on_the_sheet_with_nothing_owed() -> None:
    one = lent(500_000, at(3, 27))
    sealed(MARCH)
    lend_to_pay(one, one.loan.loan().payoff(date(2026, 4, 1)))
    sealed(APRIL)
    sealed(date(2026, 5, 29))
    row = loans_of(date(2026, 5, 29))[one.loan_id]
    assert (row.bucket, row.principal, row.ended_on) == ("closed", 0, "2026-04-01")
    assert (row.bucket_2, row.principal_2, row.bucket_1, row.principal_1) == ("current", 500_000, "", 0)
    assert not problems()


def test_who_is_interrupted_between_rows_and_seal_begins_again_and_makes_them_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = lent(500_000, at(3, 27))
    sealed(date(2026, 3, 30))

    def torn(*args: Any) -> None:
        raise CannotClose("the light went out")

    with monkeypatch.context() as patch:
        patch.setattr(closing, "_save", torn)
        with pytest.raises(CannotClose, match="light"):
            sealed(MARCH)
    assert month_end(MARCH, "USD", "loans") is None
    assert list(loans_of(date.fromisoformat(sealed(MARCH).day))) == [one.loan_id]
    seal = sealed(MARCH).seal
    assert sealed(MARCH).seal == seal
    assert not problems()


def _change_a_row(item: MonthEnd) -> None:
    key = TapePart.key("USD", item.day, "loans", item.parts[0])
    part = store.get(TapePart, key)
    assert part is not None
    store.save([store.Update(TapePart, key, [TapePart.data.set(part.data[:-4] + b"0000")])])


def _change_a_number(item: MonthEnd) -> None:
    item.pack(item.numbers() | {"glp": 1}, item.policy())
    store.save([store.Update(MonthEnd, item.account_id, [MonthEnd.packed_numbers.set(item.packed_numbers)])])


def _lose_the_rows(item: MonthEnd) -> None:
    store.save([store.Delete(TapePart, TapePart.key("USD", item.day, "loans", item.parts[0]))])


def _lose_the_sheet(item: MonthEnd) -> None:
    store.save([store.Delete(MonthEnd, item.account_id)])


@pytest.mark.parametrize("harm", [_change_a_row, _change_a_number, _lose_the_rows, _lose_the_sheet])
def test_a_sheet_that_was_changed_is_named(harm: Any) -> None:
    lent(500_000, at(3, 27))
    sealed(MARCH)
    item = month_end(MARCH, "USD", "loans")
    assert item is not None
    harm(item)
    found = problems()
    assert set(found) == {"I16 month end"}
    assert "2026-03-31: its sheet loans" in found["I16 month end"].first


def test_a_month_end_without_its_sheets_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    lent(500_000, at(3, 27))
    monkeypatch.setattr(closing, "sheets_of", lambda *args: [])
    assert sealed(MARCH).sheets is None
    assert f"has no sheet {SHEETS.codes()[0]}" in problems()["I16 month end"].first


@pytest.mark.parametrize(
    "before, after, says", [(["loans"], [], ""), ([], ["loans"], "2026-04-30: has no sheet loans")]
)
def test_a_kind_of_sheet_is_due_from_its_first_month_end_on(
    monkeypatch: pytest.MonkeyPatch, before: list[str], after: list[str], says: str
) -> None:
    """A later release brings kinds that what was sealed before it cannot have; a kind that stays away is told."""
    lent(500_000, at(3, 27))
    made = closing.sheets_of
    for month_end_day, without in ((MARCH, before), (APRIL, after)):
        monkeypatch.setattr(
            closing, "sheets_of", lambda *args, no=without: [one for one in made(*args) if one.sheet not in no]
        )
        sealed(month_end_day)
    found = problems().get("I16 month end")
    assert (found.first if found else "") == (f"closed day {says}" if says else "")


def test_a_bank_without_loans_has_an_empty_sheet() -> None:
    an_account_at(a_customer(), at(3, 30))
    sealed(MARCH)
    item = month_end(MARCH, "USD", "loans")
    assert item is not None and (item.rows, item.parts, item.numbers()) == (0, [], {})
    assert not problems()


def test_a_past_month_end_can_be_made_again_from_what_is_there_now() -> None:
    one, two = lent(500_000, at(3, 27)), lent(700_000, at(3, 30))
    sealed(MARCH)
    lend_to_pay(one, one.loan.loan().payoff(date(2026, 4, 1)))
    sealed(APRIL)
    assert (one.loan.stage, two.loan.loan().principal) == ("closed", 700_000)
    again = {row.id: row for row in SHEETS["loans"].live(Ended(MARCH, "USD"))}
    assert again == loans_of(MARCH)


def test_the_provision_rates_of_the_day_are_sealed_with_it() -> None:
    lent(500_000, at(3, 27))
    code = PROVISION["current"].code
    parameters.set_value(
        code=code, value=250, effective_from=date(2026, 4, 1), actor=MANAGER, now=at(3, 30), reason="Board, March"
    )
    sealed(APRIL)
    found = sheets_on([MARCH, APRIL], "USD")
    rates = [found[day.isoformat()]["loans"].policy["rate_current"] for day in (MARCH, APRIL)]
    assert rates == [100, 250]


def test_decisions_on_applications_are_counted_on_their_day() -> None:
    lent(500_000, at(3, 27))
    refused, taken_back = (asked_for(at(3, 30)) for _ in range(2))
    asked = request_of(refused, now=at(3, 30))
    approvals.reject(
        approval_id=asked.approval_id,
        content_hash=asked.content_hash,
        actor=as_actor(refused.manager),
        name=refused.manager.name,
        note="Too little income",
        now=at(3, 30),
    )
    withdraw_loan(loan_id=taken_back.loan_id, actor=taken_back.actor(), name=taken_back.customer.name, now=at(3, 30))
    sealed(MARCH)
    days = {one.day: one.numbers for one in sealed_days([date(2026, 3, 27), date(2026, 3, 30)], [], "USD")}
    assert [days["2026-03-27"][name] for name in ("loans_approved", "loans_declined")] == [1, 0]
    assert [days["2026-03-30"][name] for name in ("loans_approved", "loans_declined")] == [0, 1]
    assert not problems()
