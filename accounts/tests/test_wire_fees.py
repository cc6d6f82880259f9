"""A wire's fee is charged once, also when the process dies between the wire (or its release) and the fee."""

import os
import signal
from datetime import timedelta
from typing import Any

import pytest

from accounts.fee_schedule import WIRE_FEE
from accounts.ledger import WIRE_OUT
from accounts.models import Posting
from accounts.queries.ledger import history
from accounts.queries.wire_fees import wires_without_fee
from accounts.services import wires
from accounts.services.closing import COMMAND, close_through
from accounts.services.end_of_day import Evening, run_steps
from accounts.services.fees import charge_fee
from accounts.services.verification import verify
from accounts.services.wires import send_wire, wire_fee
from accounts.tests.conftest import TELLER, TwoPeople, stored
from accounts.tests.test_wires import wire_out
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar, business_date
from cloudbank.testing import Requests

SENT = 10_000


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def dying(two: TwoPeople, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sends a wire and dies before its fee."""

    def send(key: str = "w") -> None:
        def die(**asked: Any) -> None:
            raise Killed

        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(wires, "charge_fee", die)
            send_wire(instruction=wire_out(two.mine, SENT, key=key), now=utcnow())

    return send


def evening(days: int = 0) -> dict[str, int]:
    day = business_date(utcnow())
    for _ in range(days):
        day = bank_calendar().after(day)
    return run_steps(Evening(day, "USD", utcnow() + timedelta(days=days), COMMAND))


def fees(two: TwoPeople) -> list[Posting]:
    return [line for line in history(two.mine).rows if line.type == "fee" and line.link == WIRE_FEE]


def test_the_evening_charges_what_a_crash_left_out_and_only_once(two: TwoPeople, dying: Any) -> None:
    dying()
    assert not fees(two)
    assert evening()["wire_fees.charged"] == 1
    (fee,) = fees(two)
    assert (-fee.amount, fee.memo) == (wire_fee("USD", utcnow()), "Outgoing wire")
    assert "wire_fees.charged" not in evening()
    send_wire(instruction=wire_out(two.mine, SENT, key="w"), now=utcnow())
    assert len(fees(two)) == 1 and stored(two.mine).balance == 100_000 - SENT + fee.amount


def test_who_sends_the_form_again_is_charged_and_the_evening_finds_nothing(two: TwoPeople, dying: Any) -> None:
    dying()
    send_wire(instruction=wire_out(two.mine, SENT, key="w"), now=utcnow())
    assert len(fees(two)) == 1 and "wire_fees.charged" not in evening()


def test_closing_the_day_charges_it_on_the_wires_own_day(two: TwoPeople, dying: Any) -> None:
    dying()
    day = business_date(utcnow())
    close_through(day, "USD", now=utcnow() + timedelta(days=7))
    assert [fee.business_date for fee in fees(two)] == [day.isoformat()]
    assert not verify("USD", full=True, now=utcnow() + timedelta(days=7)).problems


def test_a_wire_after_its_days_evening_is_charged_the_evening_after(two: TwoPeople, dying: Any) -> None:
    evening()
    dying()
    assert evening(days=1)["wire_fees.charged"] == 1
    assert len(fees(two)) == 1 and "wire_fees.charged" not in evening(days=1)


def test_what_staff_charged_by_hand_is_not_charged_again(two: TwoPeople, dying: Any) -> None:
    """Two wires lost their fees; one was charged at the counter."""
    dying("first")
    dying("second")
    charge_fee(account_id=two.mine, fee=WIRE_FEE, reason="The wire of today", key="k", actor=TELLER, now=utcnow())
    assert evening()["wire_fees.charged"] == 1 and len(fees(two)) == 2
    assert wires_without_fee([business_date(utcnow())], "USD") == []


def test_who_cannot_pay_is_counted_and_never_overdrawn(two: TwoPeople, dying: Any) -> None:
    dying()
    two.withdraw(100_000 - SENT)
    assert evening()["wire_fees.refused_insufficient_funds"] == 1
    assert stored(two.mine).balance == 0 and not fees(two)


def test_a_day_without_wires_reads_no_posting(two: TwoPeople, requests_made: Requests) -> None:
    requests_made.clear()
    assert wires_without_fee([business_date(utcnow())], "USD") == []
    assert set(requests_made.operations) <= {"BatchGetItem", "GetItem"}


def test_a_process_that_is_killed_between_the_two_leaves_the_fee_to_the_evening(two: TwoPeople) -> None:
    """A process of its own, ended by a signal that nothing can catch."""
    child = os.fork()
    if child == 0:
        wires.charge_fee = lambda **asked: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
        send_wire(instruction=wire_out(two.mine, SENT, key="w"), now=utcnow())
        os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert [line.type for line in history(two.mine, limit=1).rows] == [WIRE_OUT] and not fees(two)
    assert evening()["wire_fees.charged"] == 1 and len(fees(two)) == 1
