"""Holds, states, reversals and fees on their pages: who may, what it needs, what the customer sees."""

from typing import Any

import pytest
from django.test import Client

from accounts.ledger import ACTIVE, CREDIT_BLOCKED, DEBIT_BLOCKED, DORMANT, FROZEN, STATUSES
from accounts.models import DepositAccount, User
from accounts.queries.holds import holds_on, reversal_of
from accounts.queries.ledger import history
from accounts.services.holds import place_hold
from accounts.services.reversals import reverse_movement
from accounts.states import OPEN_STATES, TRANSITIONS
from accounts.testing import (
    a_customer,
    a_manager,
    a_stranger,
    a_teller,
    an_analyst,
    an_auditor,
    an_officer,
    signed_in,
)
from accounts.tests.makers import actor, an_account, balance, form_of, fresh
from cloudbank import store
from cloudbank.approvals import Approval
from cloudbank.clock import utcnow
from cloudbank.roles import PERMISSIONS

pytestmark = pytest.mark.usefixtures("bank")


@pytest.fixture
def carla() -> User:
    return a_customer()


@pytest.fixture
def own(carla: User) -> DepositAccount:
    return an_account(carla, 100_000)


@pytest.fixture
def till() -> Client:
    return signed_in(Client(), a_teller())


@pytest.fixture
def boss() -> Client:
    return signed_in(Client(), a_manager())


def page_of(item: DepositAccount) -> str:
    return f"/accounts/{item.account_id}"


def a_hold(own: DepositAccount, amount: int = 40_000) -> str:
    made = place_hold(
        account_id=own.account_id, amount=amount, reason="Hotel Astoria", key="h", actor=actor(a_teller()), now=utcnow()
    )
    return made.transaction_id


def approve(answer: Any, by: User) -> Any:
    """The second person says yes to the request an answer leads to."""
    path = answer["Location"]
    item = store.get(Approval, path.rpartition("/")[2])
    assert item is not None
    data = {"action": "approve", "note": "", "content_hash": item.content_hash}
    return signed_in(Client(), by).post(path, data)


class TestHolds:
    def test_a_teller_holds_and_the_customer_sees_what_for(
        self, till: Client, carla: User, own: DepositAccount
    ) -> None:
        path = f"{page_of(own)}/holds/new"
        data = form_of(till, path) | {"amount": "400", "reason": "Hotel Astoria", "told": "booking"}
        assert till.post(path, data)["Location"] == page_of(own)
        till.post(path, data)
        assert fresh(own).held == 40_000
        web = signed_in(Client(), carla)
        for page in (page_of(own), "/dashboard"):
            shown = web.get(page).content.decode()
            assert "600.00" in shown and "400.00" in shown and "held" in shown.lower(), page
        shown = web.get(page_of(own)).content.decode()
        assert "Security for a booking" in shown and "Astoria" not in shown

    def test_more_than_is_available_is_refused_at_its_field(self, till: Client, own: DepositAccount) -> None:
        path = f"{page_of(own)}/holds/new"
        answer = till.post(path, form_of(till, path) | {"amount": "1000.01", "reason": "x"})
        assert answer.status_code == 422 and "amount" in answer.context["form"].errors
        late = till.post(path, form_of(till, path) | {"amount": "1", "reason": "x", "last": "2199-01-01"})
        assert late.status_code == 422 and "last" in late.context["form"].errors
        assert holds_on(own.account_id) == []

    def test_capture_in_part_is_read_back_then_taken_once(self, till: Client, own: DepositAccount) -> None:
        hold = a_hold(own)
        path = f"/holds/{hold}/capture"
        shown = till.post(path, {"amount": "250"})
        assert "Set free" in shown.content.decode() and balance(own) == 100_000
        answer = till.post(path, {"amount": "250", "confirm": "yes"})
        assert answer["Location"].startswith("/receipts/")
        assert (balance(own), fresh(own).held) == (75_000, 0)
        assert till.post(path, {"amount": "250", "confirm": "yes"})["Location"] == answer["Location"]
        assert "A hold resolves once" in till.get(path).content.decode()

    def test_release_needs_a_reason_and_frees_the_money(self, till: Client, own: DepositAccount) -> None:
        path = f"/holds/{a_hold(own)}/release"
        assert till.post(path, {"reason": ""}).status_code == 422
        assert till.post(path, {"reason": "Paid otherwise"}).status_code == 302
        assert fresh(own).held == 0

    def test_no_customer_and_no_auditor_touches_a_hold(self, carla: User, own: DepositAccount) -> None:
        hold = a_hold(own)
        for someone in (carla, a_stranger(), an_auditor()):
            web = signed_in(Client(), someone)
            for path in (f"{page_of(own)}/holds/new", f"/holds/{hold}/capture", f"/holds/{hold}/release"):
                assert web.post(path, {"amount": "1", "reason": "x", "confirm": "yes"}).status_code in (403, 404), path
        assert fresh(own).held == 40_000

    def test_an_unknown_hold_is_not_there(self, till: Client) -> None:
        assert till.get("/holds/hld_nothing/capture").status_code == 404


class TestStates:
    def test_every_transition_starts_and_ends_in_a_state_and_somebody_may_do_it(self) -> None:
        held = set().union(*PERMISSIONS.values())
        for one in TRANSITIONS.values():
            assert one.start <= OPEN_STATES and one.end in STATUSES and one.end not in one.start
            assert {one.permission, one.second} - {""} <= held, one.code
            assert one.four_eyes == (one.end == ACTIVE), "what lifts a protection takes two"

    @pytest.mark.parametrize(("action", "state"), [("block-debits", DEBIT_BLOCKED), ("block-credits", CREDIT_BLOCKED)])
    def test_a_block_is_one_persons_and_its_lifting_two(self, own: DepositAccount, action: str, state: str) -> None:
        ana = signed_in(Client(), an_analyst())
        path = f"{page_of(own)}/{action}"
        assert ana.post(path, form_of(ana, path) | {"reason": "Court order"}).status_code == 302
        assert fresh(own).status == state
        lift = f"{page_of(own)}/unblock"
        asked = ana.post(lift, form_of(ana, lift) | {"reason": "Order withdrawn"})
        assert fresh(own).status == state
        assert "another person must approve" in ana.get(page_of(own)).content.decode()
        assert approve(asked, an_officer()).status_code == 302
        assert fresh(own).status == ACTIVE

    def test_who_asks_to_lift_a_block_cannot_approve_it(self, own: DepositAccount) -> None:
        mary = a_manager()
        web = signed_in(Client(), mary)
        path = f"{page_of(own)}/block-debits"
        web.post(path, form_of(web, path) | {"reason": "x"})
        lift = f"{page_of(own)}/unblock"
        asked = web.post(lift, form_of(web, lift) | {"reason": "y"})
        assert approve(asked, mary).status_code == 422
        assert fresh(own).status == DEBIT_BLOCKED

    def test_a_dormant_account_is_woken_by_two_people(self, till: Client, carla: User, own: DepositAccount) -> None:
        item = fresh(own)
        item.status = DORMANT
        store.save([store.changed(item)])
        assert "Call the bank" in signed_in(Client(), carla).get(page_of(own)).content.decode()
        path = f"{page_of(own)}/wake"
        asked = till.post(path, form_of(till, path) | {"reason": "Came with a passport"})
        assert fresh(own).status == DORMANT
        approve(asked, a_manager())
        assert fresh(own).status == ACTIVE

    def test_a_blocked_account_can_still_be_frozen(self, own: DepositAccount) -> None:
        ana = signed_in(Client(), an_analyst())
        for action, state in (("block-debits", DEBIT_BLOCKED), ("freeze", FROZEN)):
            path = f"{page_of(own)}/{action}"
            ana.post(path, form_of(ana, path) | {"reason": "x"})
            assert fresh(own).status == state

    def test_an_account_with_a_hold_is_not_closed(self, boss: Client, own: DepositAccount) -> None:
        item = fresh(own)
        item.balance, item.held = 0, 1
        store.save([store.changed(item)])
        path = f"{page_of(own)}/close"
        answer = boss.post(path, form_of(boss, path) | {"reason": "Leaves"})
        assert answer.status_code == 422 and b"Money is held" in answer.content
        assert fresh(own).status == ACTIVE

    def test_an_unverified_owner_is_shown_as_pending(self, boss: Client) -> None:
        item = an_account(a_customer(kyc_status="pending"))
        assert "Identity not verified" in boss.get(page_of(item)).content.decode()


class TestReversals:
    def the_deposit(self, own: DepositAccount) -> str:
        return history(own.account_id).rows[-1].movement_id

    def test_it_takes_a_second_person_and_both_receipts_name_each_other(
        self, boss: Client, carla: User, own: DepositAccount
    ) -> None:
        movement = self.the_deposit(own)
        path = f"/receipts/{movement}/reverse"
        asked = boss.post(path, form_of(boss, path) | {"reason": "Wrong account", "told": "account"})
        assert asked["Location"].startswith("/approvals/") and balance(own) == 100_000
        assert "another person must approve" in boss.get(f"/receipts/{movement}").content.decode()
        approve(asked, an_officer())
        assert balance(own) == 0
        mark = reversal_of(movement)
        assert mark is not None
        web = signed_in(Client(), carla)
        assert f"/receipts/{mark.by_movement}" in web.get(f"/receipts/{movement}").content.decode()
        assert f"/receipts/{movement}" in web.get(f"/receipts/{mark.by_movement}").content.decode()
        shown = web.get(page_of(own)).content.decode()
        assert "Reversed" in shown and "Wrong account" in shown

    def test_nobody_approves_their_own_and_nothing_is_reversed_twice(self, own: DepositAccount) -> None:
        mary = a_manager()
        web = signed_in(Client(), mary)
        movement = self.the_deposit(own)
        path = f"/receipts/{movement}/reverse"
        asked = web.post(path, form_of(web, path) | {"reason": "x"})
        assert approve(asked, mary).status_code == 422 and balance(own) == 100_000
        reverse_movement(movement_id=movement, reason="meanwhile", actor=actor(a_manager()), now=utcnow())
        assert approve(asked, an_officer()).status_code == 422
        assert balance(own) == 0
        again = web.post(path, form_of(web, path) | {"reason": "x"})
        assert again.status_code == 422 and b"reversed already" in again.content

    def test_only_a_manager_asks(self, till: Client, carla: User, own: DepositAccount) -> None:
        path = f"/receipts/{self.the_deposit(own)}/reverse"
        for web in (till, signed_in(Client(), carla), signed_in(Client(), an_officer())):
            assert web.get(path).status_code == 403

    def test_the_request_of_a_reversal_is_not_the_approval_of_the_movement(
        self, boss: Client, own: DepositAccount
    ) -> None:
        movement = self.the_deposit(own)
        path = f"/receipts/{movement}/reverse"
        approve(boss.post(path, form_of(boss, path) | {"reason": "x"}), an_officer())
        assert "The approval" not in boss.get(f"/receipts/{movement}").content.decode()


class TestFees:
    def test_a_fee_is_read_back_charged_once_and_waived_by_reversal(self, boss: Client, own: DepositAccount) -> None:
        path = f"{page_of(own)}/fees/new"
        data = form_of(boss, path) | {"fee": "wire_out", "reason": "Wire to Lisbon"}
        assert "25.00" in boss.post(path, data).content.decode() and balance(own) == 100_000
        answer = boss.post(path, data | {"confirm": "yes"})
        assert boss.post(path, data | {"confirm": "yes"})["Location"] == answer["Location"]
        assert balance(own) == 97_500
        shown = boss.get(page_of(own)).content.decode()
        assert "Outgoing wire" in shown and ">Fee<" in shown and "Lisbon" not in shown
        undo = f"{answer['Location']}/reverse"
        approve(boss.post(undo, form_of(boss, undo) | {"reason": "Goodwill"}), an_officer())
        assert balance(own) == 100_000

    def test_a_fee_takes_neither_overdraft_nor_held_money(self, boss: Client, carla: User) -> None:
        poor = an_account(carla, 3_000)
        item = fresh(poor)
        item.overdraft_limit = 100_000
        store.save([store.changed(item)])
        a_hold(poor, 1_000)
        path = f"{page_of(poor)}/fees/new"
        data = form_of(boss, path) | {"fee": "wire_out", "reason": "x", "confirm": "yes"}
        answer = boss.post(path, data)
        assert answer.status_code == 422 and b"never overdraws" in answer.content and balance(poor) == 3_000

    def test_only_a_manager_charges(self, till: Client, own: DepositAccount) -> None:
        assert till.get(f"{page_of(own)}/fees/new").status_code == 403
