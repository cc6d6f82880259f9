"""Rules about the person behind the movement: at the threshold and one cent, one day, one year either side."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.ledger import CASH, CLEARING
from cloudbank.clock import iso
from monitoring.tests.makers import NOON, Somebody, Town, codes, found, town, unjudged

# --- 17: dormant --------------------------------------------------------------------------------


def asleep(days: float, **more: float) -> Town:
    """Ana paid something, then nothing for so long."""
    here = town("dormant")
    here.move(5_000, "ana", "ben")
    here.later(days=days, **more)
    return here


@pytest.mark.parametrize(("seconds", "fires"), [(-1, False), (0, True), (1, True)])
def test_after_one_hundred_and_eighty_days(seconds: int, fires: bool) -> None:
    assert bool(codes(asleep(180, seconds=seconds).move(100_000, "ana", CLEARING))) is fires


@pytest.mark.parametrize(("amount", "fires"), [(99_999, False), (100_000, True)])
@pytest.mark.parametrize(("payer", "payee"), [("ana", CLEARING), (CLEARING, "ana"), (CASH, "ana"), ("carl", "ana")])
def test_a_thousand_in_or_out(amount: int, fires: bool, payer: str, payee: str) -> None:
    outcome = asleep(200).move(amount, payer, payee)
    assert bool([one for one in found(outcome) if one.customer_id == "ana"]) is fires


def test_a_small_payment_first_does_not_hide_the_large_one() -> None:
    here = asleep(200)
    assert not codes(here.move(100, "ana", CLEARING))
    here.later(days=3, seconds=-1)
    (finding,) = found(here.move(100_000, "ana", CLEARING))
    assert finding.hit.value == 200 and "After 200 days" in finding.hit.sentence
    here.later(seconds=1)
    assert not codes(here.move(100_000, "ana", CLEARING)), "three days awake"


def test_what_others_send_counts_once_in_a_silence_and_wakes_nobody() -> None:
    here = asleep(200)
    assert codes(here.move(200_000, "carl", "ana"))
    here.later(days=30)
    assert not codes(here.move(200_000, "carl", "ana"))
    (finding,) = found(here.move(200_000, "ana", CLEARING))
    assert finding.hit.value == 230


def test_a_second_silence_is_another_one() -> None:
    here = asleep(200)
    assert codes(here.move(200_000, "ana", CLEARING))
    here.later(days=180)
    (finding,) = found(here.move(200_000, "carl", "ana"))
    assert finding.hit.value == 180


@pytest.mark.parametrize("more", [{"channel": "system"}, {"type": "interest"}, {"type": "fee"}])
def test_the_banks_programs_wake_nobody(more: dict[str, str]) -> None:
    here = asleep(200)
    assert not codes(here.move(200_000, "ana", CLEARING, **more))
    assert codes(here.move(200_000, "ana", CLEARING))


# --- 18: new account ----------------------------------------------------------------------------


def newly(days: int, volume: int, *, opened: str = "2026-03-02") -> set[str]:
    """So many days after the first account an alert is there, and this much has gone in and out."""
    here = town("new_account", "ctr_aggregate")
    here.people["ana"] = Somebody("ana", accounts_opened_on=opened)
    here.later(days=days)
    here.state("ana").open_alerts["fan"] = ["alt_x", 2, int(here.now.timestamp()), 1, 25, 1]
    first = here.move(volume - 400_000, CLEARING, "ana")
    return codes(first) | codes(here.move(400_000, "ana", CLEARING))


@pytest.mark.parametrize(("volume", "fires"), [(999_999, False), (1_000_000, True), (1_000_001, True)])
def test_ten_thousand_in_and_out_of_a_new_account(volume: int, fires: bool) -> None:
    assert bool(newly(1, volume)) is fires


@pytest.mark.parametrize(("days", "fires"), [(29, True), (30, False)])
def test_new_is_younger_than_thirty_days(days: int, fires: bool) -> None:
    assert bool(newly(days, 2_000_000)) is fires


def test_without_an_opening_date_the_first_movement_is_the_beginning() -> None:
    assert newly(400, 2_000_000, opened="")


# --- 19: new payee ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "balance", "fires"),
    [
        (200_000, 400_000, True),
        (200_000, 400_001, False),
        (199_999, 200_000, False),
        (200_001, 400_000, True),
        (300_000, 0, True),
    ],
)
def test_half_of_the_balance_and_two_thousand(amount: int, balance: int, fires: bool) -> None:
    assert bool(codes(town("new_payee").move(amount, "ana", "ben", balance=balance))) is fires


@pytest.mark.parametrize(
    ("born", "severity"), [("1961-03-03", "medium"), ("1961-03-02", "high"), ("1961-03-01", "high"), ("", "medium")]
)
def test_the_old_are_protected_more(born: str, severity: str) -> None:
    """On 2 March 2026."""
    here = town("new_payee")
    here.people["ana"] = Somebody("ana", date_of_birth=born)
    (finding,) = found(here.move(300_000, "ana", "ben", balance=400_000))
    assert finding.severity == severity
    assert ("65 years old" in finding.hit.sentence) is (severity == "high")
    assert "75 % of the balance of 4,000.00" in finding.hit.sentence


def test_a_payee_known_from_before_is_not_new() -> None:
    here = town("new_payee")
    here.move(100, "ana", "ben")
    here.move(100, "carl", "ana")
    here.later(days=1)
    for payee in ("ben", "carl", "ana/2", CASH):
        assert not codes(here.move(300_000, "ana", payee, balance=400_000))


def test_who_is_paid_at_another_bank_is_not_known_and_that_is_said() -> None:
    here = town("new_payee")
    assert unjudged(here.move(300_000, "ana", CLEARING, channel="wire", balance=400_000)) == {"new_payee"}
    assert not unjudged(here.move(300_000, "ana", CLEARING, channel="card", balance=400_000))


# --- 21: the same amount ------------------------------------------------------------------------


def paid(*amounts: int, gap: float = 1, **more: Any) -> set[str]:
    """What the last of these payments, days apart, finds."""
    here = town("same_amount")
    here.people["ana"] = Somebody("ana", segment=more.pop("segment", "retail"))
    for place, amount in enumerate(amounts):
        here.later(days=gap if place else 0)
        outcome = here.move(amount, "ana", f"payee{place}", **more)
    return {one.rule for one in found(outcome) if one.customer_id == "ana"}


@pytest.mark.parametrize(
    ("amounts", "fires"),
    [
        ((200_000, 200_000), False),
        ((200_000, 200_000, 200_000), True),
        ((198_000, 202_000, 200_000), True),
        ((197_999, 202_000, 200_000), False),
        ((198_000, 202_001, 200_000), False),
        ((200_000, 1, 200_000, 1, 200_000), True),
        ((200_000, 1, 200_000, 1, 1, 200_000), False),
        ((99_999, 99_999, 99_999), False),
        ((100_000, 100_000, 100_000), True),
    ],
)
def test_three_of_the_last_five_within_one_percent(amounts: tuple[int, ...], fires: bool) -> None:
    assert bool(paid(*amounts)) is fires


@pytest.mark.parametrize(("gap", "fires"), [(6.99, True), (7, False)])
def test_a_rent_every_month_is_none(gap: float, fires: bool) -> None:
    assert bool(paid(200_000, 200_000, 200_000, gap=gap)) is fires


@pytest.mark.parametrize("more", [{"type": "payroll"}, {"channel": "system"}, {"segment": "business"}])
def test_wages_standing_orders_and_trade_are_exempt(more: dict[str, str]) -> None:
    assert not paid(*[200_000] * 5, **more)


@pytest.mark.parametrize(("times", "last", "fires"), [(4, 2_500, False), (5, 2_500, True), (5, 2_501, False)])
def test_five_times_the_same_comes_in(times: int, last: int, fires: bool) -> None:
    here = town("same_amount")
    for number in range(times - 1):
        here.move(2_500, f"payer{number}", "ana")
        here.later(hours=1)
    assert bool(codes(here.move(last, "payer", "ana"))) is fires


def test_the_day_rolls() -> None:
    for hours, fires in ((5.99, True), (6, False)):
        here = town("same_amount")
        answers = []
        for number in range(5):
            answers.append(codes(here.move(2_500, f"payer{number}", "ana")))
            here.later(hours=hours)
        assert bool(answers[-1]) is fires


# --- 23: due diligence --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "fires"),
    [
        ({"risk_rating": "high", "kyc_status": "pending"}, True),
        ({"risk_rating": "medium", "kyc_status": "pending"}, False),
        ({"risk_rating": "high"}, False),
        ({"risk_rating": "high", "kyc_review_on": "2026-03-01"}, True),
        ({"risk_rating": "high", "kyc_review_on": "2026-03-02"}, False),
        ({"risk_rating": "low", "kyc_review_on": "2026-03-01"}, False),
    ],
)
def test_high_risk_without_due_diligence(known: dict[str, str], fires: bool) -> None:
    here = town("kyc_mismatch")
    here.people["ana"] = Somebody("ana", **known)
    assert bool(codes(here.move(100_000, CLEARING, "ana"))) is fires
    assert not codes(here.move(99_999, CLEARING, "ana"))
    assert not codes(here.move(100_000, CLEARING, "ana", type="interest"))


def test_the_reason_is_said() -> None:
    here = town("kyc_mismatch")
    here.people["ana"] = Somebody("ana", risk_rating="high", kyc_review_on="2026-02-20")
    (finding,) = found(here.move(100_000, CLEARING, "ana"))
    assert "10 days overdue" in finding.hit.sentence


# --- 25: takeover -------------------------------------------------------------------------------


def changed(ago: timedelta) -> Town:
    here = town("takeover")
    here.people["ana"] = Somebody("ana", password_changed_at=iso(NOON - ago))
    return here


@pytest.mark.parametrize(("seconds", "fires"), [(-1, True), (0, True), (1, False)])
def test_within_two_days_of_the_change(seconds: int, fires: bool) -> None:
    here = changed(timedelta(hours=48, seconds=seconds))
    assert bool(codes(here.move(100_000, "ana", "ben", channel="online"))) is fires


@pytest.mark.parametrize(("amount", "fires"), [(99_999, False), (100_000, True)])
def test_a_thousand_to_somebody_new_or_to_another_bank(amount: int, fires: bool) -> None:
    for payee in ("ben", CLEARING):
        assert bool(codes(changed(timedelta(hours=1)).move(amount, "ana", payee, channel="online"))) is fires


def test_known_payees_programs_and_unchanged_passwords_are_no_takeover() -> None:
    here = changed(timedelta(0))
    here.move(100, "ana", "ben")
    here.later(hours=2)
    assert not codes(here.move(100_000, "ana", "ben", channel="online"))
    assert not codes(here.move(100_000, "ana", "carl", channel="system"))
    assert not codes(here.move(100_000, "ana", "ana/2", channel="online"))
    assert not codes(town("takeover").move(100_000, "ana", "ben", channel="online"))
    assert not codes(changed(timedelta(hours=-1)).move(100_000, "ana", "ben")), "changed after the payment"
