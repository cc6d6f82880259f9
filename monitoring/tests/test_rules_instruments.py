"""Rule 5: instruments bought for cash are recorded from 3,000.00 to 10,000.00 USD a day, both included."""

from typing import Any

import pytest

from accounts.instruments import Instrument
from accounts.ledger import INSTRUMENTS
from monitoring.screen import Outcome
from monitoring.tests.makers import Town, business_day, codes, found, town

CHECK = Instrument("cashiers_check", "100234", "Acme GmbH", "Passport C01")


def bought(here: Town, amount: int, **more: Any) -> Outcome:
    return here.move(amount, "ana", INSTRUMENTS, **{"type": "instrument", "details": CHECK.packed()} | more)


@pytest.mark.parametrize(
    ("amount", "finds"),
    [(299_999, False), (300_000, True), (300_001, True), (999_999, True), (1_000_000, True), (1_000_001, False)],
)
def test_both_bounds_are_included(amount: int, finds: bool) -> None:
    assert bool(codes(bought(town("instrument_log"), amount))) is finds


def test_sales_of_one_day_add_up() -> None:
    here = town("instrument_log")
    assert not codes(bought(here, 150_000))
    (finding,) = found(bought(here, 150_000))
    assert finding.hit.sentence == (
        "A cashier's check of 1,500.00\N{NO-BREAK SPACE}USD was bought for cash on 2 Mar 2026, with this one 2 sales of "
        "3,000.00\N{NO-BREAK SPACE}USD; from 3,000.00\N{NO-BREAK SPACE}USD on the sale is recorded in the log."
    )
    assert finding.severity == "medium" and finding.hit.inputs["serial"] == "100234"


def test_another_business_day_begins_anew() -> None:
    here = town("instrument_log")
    bought(here, 150_000)
    assert not codes(bought(here, 150_000, **business_day("2026-03-03")))


def test_other_money_out_is_no_sale() -> None:
    here = town("instrument_log")
    assert not codes(here.cash_out(500_000))
    assert not here.state("ana").bought
