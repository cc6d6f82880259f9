"""A wire to a country of the call for action waits for a person; its fee is taken when it is sent, once."""

from typing import Any

import pytest
from django.test import Client

from accounts.ledger import CLEARING
from accounts.models.held import WAITING
from accounts.queries.held import held_movement
from accounts.queries.ledger import history
from accounts.services import wires
from accounts.services.closing import COMMAND
from accounts.services.end_of_day import Evening, run_steps
from accounts.services.held import let_go, turn_away
from accounts.services.verification import verify
from accounts.services.wires import send_wire
from accounts.testing import an_analyst, signed_in
from accounts.tests.conftest import instruct, stored
from accounts.tests.makers import actor
from accounts.wires import Wire
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from monitoring.tests.conftest import Screened

TO = Wire("Carla", "1", "1 Main Street", "Somebody", "IR062960000000100324200001", "MELIIRTHXXX", "IR")
FEE = 2_500


@pytest.fixture
def funded(screened: Screened) -> Screened:
    screened.cash_in(900_000)
    return screened


def sent(bank: Screened, wire: Wire = TO) -> Any:
    asked = instruct("wire_out", 100_000, bank.account, CLEARING, channel="wire", details=wire.packed(), key="w-1")
    return send_wire(instruction=asked, now=utcnow())


def test_it_is_held_with_its_fields_and_costs_nothing_yet(funded: Screened, client: Client) -> None:
    before = stored(funded.account)
    receipt = sent(funded)
    after = stored(funded.account)
    assert receipt.held and (after.balance, after.held) == (before.balance, 100_000)
    assert sent(funded).held and stored(funded.account).held == 100_000  # the form again
    page = signed_in(client, an_analyst()).get(f"/held-movements/{receipt.movement_id}").content.decode()
    assert "Somebody" in page and "MELIIRTHXXX" in page and "Iran" in page


def test_released_it_is_posted_and_its_fee_is_taken_once(funded: Screened) -> None:
    receipt, before = sent(funded), stored(funded.account).balance
    ana = an_analyst()
    let_go(movement_id=receipt.movement_id, reason="A licence was shown", actor=actor(ana), now=utcnow())
    assert stored(funded.account).balance == before - 100_000 - FEE
    sent(funded)
    assert stored(funded.account).balance == before - 100_000 - FEE
    fee, wire = history(funded.account, limit=2).rows
    assert (wire.type, wire.details, fee.type) == ("wire_out", TO.packed(), "fee")
    assert not verify("USD", full=True, now=utcnow()).problems


def test_a_process_that_dies_between_release_and_fee_leaves_the_fee_to_the_evening(
    funded: Screened, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt, before = sent(funded), stored(funded.account).balance
    ana = actor(an_analyst())

    def die(**asked: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(wires, "charge_fee", die)
        let_go(movement_id=receipt.movement_id, reason="A licence was shown", actor=ana, now=utcnow())
    assert stored(funded.account).balance == before - 100_000
    for _ in range(2):
        run_steps(Evening(business_date(utcnow()), "USD", utcnow(), COMMAND))
        assert stored(funded.account).balance == before - 100_000 - FEE


def test_rejected_it_costs_nothing(funded: Screened) -> None:
    receipt, before = sent(funded), stored(funded.account).balance
    turn_away(movement_id=receipt.movement_id, reason="No licence", actor=actor(an_analyst()), now=utcnow())
    assert (stored(funded.account).balance, stored(funded.account).held) == (before, 0)


def test_what_came_in_from_there_is_posted_and_held(funded: Screened) -> None:
    before = stored(funded.account).balance
    wire = Wire("Somebody", "1", "2", "Carla", "3", "MELIIRTHXXX", "IR")
    asked = instruct("wire_in", 50_000, CLEARING, funded.account, channel="wire", details=wire.packed())
    receipt = send_wire(instruction=asked, now=utcnow())
    after = stored(funded.account)
    assert (after.balance, after.held) == (before + 50_000, 50_000)
    item = held_movement(receipt.movement_id)
    assert item is not None and (item.posted, item.state) == (True, WAITING)


def test_increased_monitoring_is_an_alert_and_goes_out(funded: Screened) -> None:
    wire = Wire("Carla", "1", "1 Main Street", "Somebody", "2", "", "HT")
    assert not sent(funded, wire).held
