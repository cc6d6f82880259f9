"""Closing days, and verify_ledger: every tampered field is found."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts import closing
from accounts.ledger import Refused
from accounts.models import Books, ClosedDay, DayShard, Posting, User
from accounts.models.ledger import _LINE
from accounts.queries import totals
from accounts.queries.ledger import movement_lines
from accounts.services.closing import CannotClose, close_day, close_through
from accounts.services.verification import verify
from accounts.tests.conftest import TwoPeople, stored
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar, business_date


@pytest.fixture
def closed(two: TwoPeople) -> tuple[TwoPeople, date]:
    """A day with a deposit, a withdrawal and a transfer, closed."""
    two.withdraw(1_000)
    two.transfer(2_500)
    day = business_date(utcnow())
    assert close_through(day, "USD", now=later()).days == [day.isoformat()]
    totals.forget()
    return two, day


def later() -> Any:
    """A moment at which today is over."""
    return utcnow() + timedelta(days=7)


def broken(*, full: bool = True) -> set[str]:
    """Codes of the broken invariants."""
    totals.forget()
    return set(verify("USD", full=full, now=utcnow()).problems)


def test_a_closed_day_carries_what_it_ends_with(closed: tuple[TwoPeople, date]) -> None:
    _, day = closed
    sealed = totals.day_totals(day, day, "USD")[0]
    assert sealed.closed
    assert sealed.end["deposits"] == sealed.end["balance"] == 99_000
    assert sealed.end["house_cash"] == -99_000
    assert sealed.end["customers"] == 2
    assert sealed.end["active_90"] == 1
    assert sum(cell["n"] for cell in sealed.cells.values()) == 3


def test_no_posting_enters_a_closed_day(closed: tuple[TwoPeople, date]) -> None:
    two, day = closed
    assert two.transfer(1).lines[0].business_date == bank_calendar().after(day).isoformat()
    assert not broken()


def test_closing_again_changes_nothing(closed: tuple[TwoPeople, date]) -> None:
    _, day = closed
    before = store.get(ClosedDay, ClosedDay.key("USD", day.isoformat()))
    again = close_day(day, "USD", now=later())
    assert before is not None
    assert again.seal == before.seal
    assert close_through(day, "USD", now=later()).days == []


def test_a_crash_after_the_gates_is_finished_by_the_next_run(two: TwoPeople, monkeypatch: pytest.MonkeyPatch) -> None:
    day = business_date(utcnow())
    with monkeypatch.context() as crash:
        crash.setattr(closing, "prove", _raise)
        with pytest.raises(KeyboardInterrupt):
            close_through(day, "USD", now=later())
    assert two.transfer(1).lines[0].business_date > day.isoformat()
    totals.forget()
    assert close_through(day, "USD", now=later()).days == [day.isoformat()]
    assert not broken()


def _raise(*_: Any) -> None:
    raise KeyboardInterrupt


def test_a_day_that_is_not_over_cannot_be_closed(two: TwoPeople) -> None:
    with pytest.raises(CannotClose, match="not over"):
        close_through(business_date(utcnow()), "USD", now=utcnow())


def test_totals_that_do_not_match_the_postings_keep_the_day_open(
    two: TwoPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = business_date(utcnow())
    store.save([store.Add(DayShard, DayShard.key("USD", day.isoformat(), "0"), {"n_deposit": 1})])
    monkeypatch.setattr(store, "pause", lambda *_, **__: None)
    with pytest.raises(CannotClose, match="n_deposit: the totals say 2, the postings 1"):
        close_through(day, "USD", now=later())
    assert store.get(Books, Books.key("USD")).last_closed is None  # type: ignore[union-attr]


@pytest.mark.parametrize("name", [name for name in _LINE if name != "account_id"])
def test_every_tampered_field_of_a_posting_is_found(closed: tuple[TwoPeople, date], name: str) -> None:
    two, _ = closed
    assert not broken()
    item = stored_posting(two)
    value = getattr(item, name)
    setattr(
        item, name, (not value) if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}x"
    )
    if name == "currency":
        item.currency = "EUR"
    store.save([store.Put(item)])
    assert broken() & {"I7 hash", "I7 seal"}


def stored_posting(two: TwoPeople) -> Posting:
    """The debit line of a new transfer's predecessor: some line in the middle of a chain."""
    return next(iter(Posting.by_account.query(two.mine)))


def test_a_deleted_posting_is_found(closed: tuple[TwoPeople, date]) -> None:
    stored_posting(closed[0]).delete()
    assert {"I6 sequence", "I7 chain", "I7 seal"} <= broken()


def test_an_inserted_posting_is_found(closed: tuple[TwoPeople, date]) -> None:
    item = stored_posting(closed[0])
    item.transaction_id, item.day_group = "pst_forged", None
    store.save([store.Put(item)])
    assert "I6 count" in broken()


@pytest.mark.parametrize(("name", "code"), [("balance", "I3 balance"), ("head", "I7 head"), ("sequence", "I6 count")])
def test_a_tampered_account_is_found(closed: tuple[TwoPeople, date], name: str, code: str) -> None:
    account = stored(closed[0].mine)
    value = getattr(account, name)
    setattr(account, name, value + 1 if isinstance(value, int) else "f" * 64)
    store.save([store.Put(account)])
    assert code in broken()


def test_a_tampered_closed_day_is_found(closed: tuple[TwoPeople, date]) -> None:
    _, day = closed
    sealed = store.get(ClosedDay, ClosedDay.key("USD", day.isoformat()))
    assert sealed is not None
    sealed.end = sealed.end | {"deposits": 1}
    store.save([store.Put(sealed)])
    assert "I7 seal" in broken()


def test_fast_verification_sees_todays_damage(two: TwoPeople) -> None:
    made = two.transfer(5)
    item = movement_lines(made.movement_id)[0]
    item.amount -= 1
    store.save([store.Put(item)])
    assert "I7 hash" in broken(full=False)


def test_the_command_says_sound_or_fails(two: TwoPeople, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_ledger", "--full")
    assert "The ledger is sound" in capsys.readouterr().out
    account = stored(two.mine)
    account.balance += 1
    store.save([store.Put(account)])
    with pytest.raises(CommandError, match="broken"):
        call_command("verify_ledger", "--full")
    assert "BROKEN I3 balance" in capsys.readouterr().err


def test_last_seen_dates_count_active_customers_and_forget_old_ones() -> None:
    day = date(2026, 6, 30)
    seen = closing.carry_seen({"2026-04-01": 2, "2026-04-02": 1, "2026-06-29": 5}, {"c": "2026-06-29", "n": ""}, day)
    assert seen == {"2026-04-02": 1, "2026-06-29": 4, "2026-06-30": 2}


def test_a_refusal_does_not_touch_the_day(two: TwoPeople) -> None:
    today = business_date(utcnow())
    before = totals.day_totals(today, today, "USD")[0].numbers
    with pytest.raises(Refused):
        two.withdraw(10**9)
    assert totals.day_totals(today, today, "USD")[0].numbers == before


def test_a_cell_keeps_the_segment_the_payer_had(two: TwoPeople) -> None:
    """The payer's when it was posted: who banks as something else later changes no total, open or sealed."""
    shop = store.load(User, [two.customer.user_id])[two.customer.user_id]
    shop.segment = "business"
    store.save([store.changed(shop)])
    receipt = two.transfer(2_500)
    shop.segment = "retail"
    store.save([store.changed(shop)])
    two.transfer(70)
    day = business_date(utcnow())

    def transfers() -> dict[str, int]:
        cells = totals.day_totals(day, day, "USD", with_cells=True)[0].cells
        return {name.segment: cell["s"] for name, cell in cells.items() if name.type == "transfer"}

    assert transfers() == {"business": 2_500, "retail": 70}
    close_through(day, "USD", now=later())
    assert transfers() == {"business": 2_500, "retail": 70}
    assert not broken()
    paid = movement_lines(receipt.movement_id)[0]
    assert (paid.segment, movement_lines(receipt.movement_id)[1].segment) == ("business", "retail")
    paid.segment = "retail"
    paid.save()
    assert broken() == {"I7 hash", "I15 totals"}
