"""A replay knows what stood on the lists and which rules were quiet when each movement was posted."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.testing import make_user
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar, business_date
from cloudbank.testing import Requests
from monitoring.listing import CUSTOMER, WATCH, Book, Listed, Party
from monitoring.models import WORKLIST_UNSNOOZED, Snooze
from monitoring.past import PastBook, PastSnoozes, Quiet, Stood
from monitoring.queries import lists as list_queries
from monitoring.queries.past import past_book, past_snoozes
from monitoring.rulebook import RULES
from monitoring.services.lists import Asked, add_entry, relax_entry
from monitoring.services.snoozing import lift_snooze, snooze_rule
from monitoring.services.tuning import what_if
from monitoring.tests.conftest import Screened
from monitoring.tests.test_what_if import found_live

ANA = Party(CUSTOMER, "usr_ana", "usr_ana", "usr_ana")


def stood(begins: str, ends: str = "9999", last: str = "") -> Stood:
    return Stood(Listed("lst_1", WATCH, CUSTOMER, "usr_ana", last), begins, ends)


def matched(book: Any, moment: str, day: str = "2026-03-02") -> int:
    return len(book.at(moment).matches([ANA], day))


def test_an_entry_counts_from_its_first_to_its_last_moment_and_day() -> None:
    book = PastBook([stood("2026-03-01T10", "2026-03-05T10"), stood("2026-03-06T10", last="2026-03-07")])
    moments = ["2026-03-01T09", "2026-03-01T10", "2026-03-05T09", "2026-03-05T10", "2026-03-06T11"]
    assert [matched(book, moment) for moment in moments] == [0, 1, 1, 0, 1]
    assert [matched(book, "2026-03-09T10", day) for day in ("2026-03-07", "2026-03-08")] == [1, 0]
    assert book.at("2026-03-02T10").holds(CUSTOMER, "usr_ana", "2026-03-02")
    assert not book.at("2026-03-02T10").holds(CUSTOMER, "usr_bob", "2026-03-02") and not PastBook()


def test_what_the_past_says_of_now_is_what_the_book_says() -> None:
    entry = Listed("lst_1", WATCH, CUSTOMER, "usr_ana", "2026-03-02")
    now, then = Book([entry], "history"), PastBook([Stood(entry, "2026-01-01")]).at("2026-03-01")
    for day in ("2026-03-02", "2026-03-03"):
        assert now.matches([ANA, ANA], day) == then.matches([ANA, ANA], day)


def test_a_snooze_holds_between_two_moments() -> None:
    past = PastSnoozes([Quiet("ana", 9, 7, "2026-03-01T10", "2026-03-05T10"), Quiet("ana", 14, 8, "2026-03-04T10")])
    assert past.at("2026-03-01T09", "ana") == {}
    assert past.at("2026-03-04T11", "ana") == {9: [7, 0], 14: [8, 0]}
    assert past.at("2026-03-05T10", "ana") == {14: [8, 0]} and "bob" not in past


@pytest.fixture
def funded(screened: Screened) -> Screened:
    """A customer with money to send."""
    screened.cash_in(500_000)
    return screened


def watched(here: Screened, **more: Any) -> Any:
    asked = Asked(list=WATCH, kind=CUSTOMER, text=here.stranger.user_id, reason="Rumours", **more)
    return add_entry(asked=asked, actor=here.actor(), now=utcnow())


def off(here: Screened, entry: Any) -> None:
    relax_entry(
        entry_id=entry.entry_id, expires_on=None, reason="Nothing in it", key="k", actor=here.actor(), name="A", now=utcnow()
    )  # fmt: skip


def test_the_replay_finds_who_stood_on_a_list_when_the_money_moved(funded: Screened) -> None:
    """Not watched, watched, taken off, watched again: two of the four payments find it, then as now."""
    funded.transfer(1_001)
    entry = watched(funded)
    funded.transfer(1_002)
    off(funded, entry)
    list_queries.forget()
    funded.transfer(1_003)
    assert watched(funded).audit_sequence == 3
    funded.transfer(1_004)
    found = what_if(changes={}, now=utcnow()).difference
    assert found.before == found.after == found_live(funded)
    assert found.before["watched_party"] == 4, "on both sides of two payments"


def test_a_changed_last_day_holds_from_its_change_on(funded: Screened) -> None:
    entry = watched(funded, expires_on=business_date(utcnow()) + timedelta(days=9))
    relax_entry(
        entry_id=entry.entry_id, expires_on=business_date(utcnow()) + timedelta(days=1), reason="Sooner", key="k",
        actor=funded.actor(), name="A", now=utcnow(),
    )  # fmt: skip
    party = Party(CUSTOMER, funded.stranger.user_id, "", "")
    day = (business_date(utcnow()) + timedelta(days=2)).isoformat()
    assert past_book().at(entry.added_at).matches([party], day)
    assert not past_book().at("9998").matches([party], day)


def quiet(here: Screened, rule: str = "velocity_count") -> Snooze:
    until = bank_calendar().local(utcnow()).date() + timedelta(days=9)
    return snooze_rule(
        customer_id=here.customer.user_id, rule_code=rule, until=until, reason="Rent", actor=here.actor(), now=utcnow()
    )


def test_the_replay_keeps_quiet_what_was_snoozed_then(funded: Screened) -> None:
    for _ in range(6):
        funded.transfer(1_000)
    snooze = quiet(funded)
    for _ in range(4):
        funded.transfer(1_000)
    lift_snooze(
        customer_id=snooze.customer_id, rule_code=snooze.rule, reason="Looked at", actor=funded.actor(), now=utcnow()
    )
    funded.transfer(1_000)
    live = found_live(funded)
    assert live["velocity_count"] == 3, "of the seven from the fifth on, four were quiet"
    found = what_if(changes={}, now=utcnow()).difference
    assert found.before == found.after == live


def test_a_snooze_that_ran_out_and_one_that_was_lifted_are_found_by_their_own_index(funded: Screened) -> None:
    quiet(funded)
    lifted = quiet(funded, "fan_out")
    lift_snooze(customer_id=lifted.customer_id, rule_code="fan_out", reason="No", actor=funded.actor(), now=utcnow())
    groups = [key for _, key in store.index_keys(Snooze, "worklist", WORKLIST_UNSNOOZED)]
    assert groups == [Snooze.key(lifted.customer_id, "fan_out")]
    at = past_snoozes().at(lifted.since, lifted.customer_id)
    assert set(at) == {RULES["velocity_count"].number, RULES["fan_out"].number}
    assert set(past_snoozes().at("9998", lifted.customer_id)) == {RULES["velocity_count"].number}


def test_history_asks_nothing_of_days_and_shards_without_postings(funded: Screened, requests_made: Requests) -> None:
    requests_made.clear()
    what_if(changes={}, now=utcnow())
    asked = [str(arguments["ExpressionAttributeValues"]) for name, arguments in requests_made if name == "Query"]
    assert len([one for one in asked if "posting#" in one]) == 1


def test_the_page_says_what_a_replay_leaves_out(funded: Screened) -> None:
    client = funded.client(make_user("analyst"))
    text = client.get(
        "/rules/ctr_aggregate/try", {"rule-ctr_aggregate-limit": "8,000.00", "days": "30"}
    ).content.decode()
    assert "earlier movements are not known to this replay" in text
    assert "Patterns over several customers have a trial of their own" in text
