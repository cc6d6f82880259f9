"""Four eyes at work: cash over the teller's limit."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.ledger import CASH, Instruction
from accounts.models import DepositAccount, User
from accounts.queries.ledger import history, movement_lines
from accounts.services import counter
from accounts.services.counter import OVER_CASH, approval_of, hand_in
from accounts.services.deposits import freeze_account
from accounts.services.posting import NotKnownYet, Receipt, post
from accounts.testing import (
    a_manager,
    signed_in,
)
from accounts.tests.approving import OVER, REASON, Till, decide, page_of, stored, the_one
from accounts.tests.makers import actor, an_account, balance, form_of
from cloudbank import approvals, parameters, store
from cloudbank.approvals import APPROVED, FAILED, PENDING, Approval, NotAllowed
from cloudbank.clock import utcnow

pytestmark = pytest.mark.usefixtures("bank", "quiet")


class TestCash(Till):
    """A teller posts up to a limit alone."""

    def test_up_to_the_limit_it_is_posted_at_once(self, tom: User, own: DepositAccount) -> None:
        assert OVER_CASH.most("USD", utcnow()) == 2_500_000
        done = hand_in(instruction=self.instruction(tom, own, 2_500_000), reason="", name="Tom", now=utcnow())
        assert isinstance(done, Receipt)
        assert balance(own) == 12_500_000

    def test_online_movements_have_no_such_limit(self, tom: User, own: DepositAccount) -> None:
        online = replace(self.instruction(tom, own), debit="house:clearing", channel="online")
        assert isinstance(hand_in(instruction=online, reason="", name="Tom", now=utcnow()), Receipt)

    def test_above_it_a_manager_approves_what_the_teller_typed_and_the_teller_stays_the_actor(
        self, tom: User, mary: User, own: DepositAccount
    ) -> None:
        client = signed_in(Client(), tom)
        data = form_of(client, "/deposit") | {"account": own.account_id, "amount": "25000.01", "memo": "Car"}
        read_back = client.post("/deposit", data)
        assert "A second person must approve this" in read_back.content.decode()
        missing = client.post("/deposit", data | {"confirm": "yes", "reason": " "})
        assert missing.status_code == 422 and "Say why" in missing.content.decode()
        answer = client.post("/deposit", data | {"confirm": "yes", "reason": REASON})
        item = the_one()
        assert answer["Location"] == page_of(item)
        assert balance(own) == 10_000_000
        assert decide(mary, item).status_code == 302
        assert balance(own) == 12_500_001
        line = movement_lines(stored(item).outcome_url.rpartition("/")[2])[0]
        assert (line.actor_id, line.actor_role, line.memo, line.amount) == (tom.user_id, "teller", "Car", OVER)
        receipt = signed_in(Client(), tom).get(stored(item).outcome_url).content.decode()
        assert tom.name in receipt and mary.name in receipt and "Approved by" in receipt
        again = client.post("/deposit", data | {"confirm": "yes", "reason": REASON})
        assert again["Location"] == stored(item).outcome_url
        assert balance(own) == 12_500_001

    def test_going_back_to_a_form_that_was_asked_shows_its_request(self, tom: User, own: DepositAccount) -> None:
        client = signed_in(Client(), tom)
        data = form_of(client, "/withdraw") | {"account": own.account_id, "amount": "30000"}
        client.post("/withdraw", data | {"confirm": "yes", "reason": REASON})
        for more in ({}, {"confirm": "yes", "reason": REASON}):
            assert client.post("/withdraw", data | more)["Location"] == page_of(the_one())

    def test_raising_the_limit_while_it_waits_posts_it_once(
        self, tom: User, mary: User, own: DepositAccount, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        item = self.asked(tom, own, key="once")
        monkeypatch.setattr(counter.Rule, "most", lambda *_: 10**9)
        hand_in(instruction=self.instruction(tom, own, key="once"), reason="", name="Tom", now=utcnow())
        assert self.approve(item, mary).state == APPROVED
        assert balance(own) == 10_000_000 + OVER

    def test_without_the_funds_it_is_not_asked_and_not_approved(
        self, tom: User, mary: User, carla: User, own: DepositAccount
    ) -> None:
        poor = an_account(carla)
        out = replace(self.instruction(tom, poor), type="withdrawal", debit=poor.account_id, credit=CASH)
        with pytest.raises(NotAllowed, match="available"):
            hand_in(instruction=out, reason=REASON, name="Tom", now=utcnow())
        out = replace(out, debit=own.account_id, amount=6_000_000)
        first, second = (
            hand_in(instruction=replace(out, key=key), reason=REASON, name="Tom", now=utcnow()) for key in "ab"
        )
        assert isinstance(first, Approval) and isinstance(second, Approval)
        assert self.approve(first, mary).state == APPROVED
        with pytest.raises(NotAllowed, match="available"):
            self.approve(second, mary)
        assert (stored(second).state, balance(own)) == (PENDING, 4_000_000)

    def test_the_balance_that_is_gone_between_decision_and_posting_fails_in_words(
        self, tom: User, mary: User, own: DepositAccount, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        out = replace(self.instruction(tom, own), type="withdrawal", debit=own.account_id, credit=CASH)
        item = hand_in(instruction=out, reason=REASON, name="Tom", now=utcnow())
        assert isinstance(item, Approval)
        real = counter.post

        def too_late(instruction: Instruction, **more: Any) -> Receipt:
            monkeypatch.setattr(counter, "post", real)
            freeze_account(account_id=own.account_id, reason="x", actor=actor(mary), now=utcnow())
            return real(instruction, **more)

        monkeypatch.setattr(counter, "post", too_late)
        done = self.approve(item, mary)
        assert (done.state, balance(own)) == (FAILED, 10_000_000)
        assert "frozen" in done.outcome
        assert "It could not be done" in signed_in(Client(), tom).get(page_of(item)).content.decode()

    def test_many_clicks_of_many_managers_post_once(self, tom: User, own: DepositAccount) -> None:
        item, managers = self.asked(tom, own), [a_manager(name=f"Manager {n}") for n in range(4)]

        def click(number: int) -> int:
            return int(decide(managers[number % 4], item).status_code)

        with ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(click, range(8)))
        assert sorted(set(codes)) in ([302, 409], [202, 302, 409])
        assert codes.count(302) == 1
        assert balance(own) == 10_000_000 + OVER
        assert len(history(own.account_id).rows) == 2

    @pytest.mark.parametrize("posted", [True, False])
    def test_a_crash_around_the_posting_is_carried_on_and_posts_once(
        self, tom: User, mary: User, own: DepositAccount, monkeypatch: pytest.MonkeyPatch, posted: bool
    ) -> None:
        item, real = self.asked(tom, own), counter.post

        def dies(instruction: Instruction, **more: Any) -> Receipt:
            monkeypatch.setattr(counter, "post", real)
            if posted:
                real(instruction, **more)
            raise KeyboardInterrupt

        monkeypatch.setattr(counter, "post", dies)
        with pytest.raises(KeyboardInterrupt):
            self.approve(item, mary)
        assert stored(item).is_unfinished
        later = utcnow() + timedelta(minutes=5)
        assert approvals.resume_due(now=later) == (1, 0)
        assert approvals.resume_due(now=later) == (0, 0)
        assert balance(own) == 10_000_000 + OVER
        assert approval_of(self.instruction(tom, own).movement_id) is None
        assert approval_of(stored(item).outcome_url.rpartition("/")[2]) is not None

    def test_an_unknown_outcome_is_shown_and_carried_on_by_a_button(
        self, tom: User, mary: User, own: DepositAccount, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        item, real = self.asked(tom, own), counter.post

        def lost(instruction: Instruction, **more: Any) -> Receipt:
            real(instruction, **more)
            raise NotKnownYet(instruction.movement_id)

        monkeypatch.setattr(counter, "post", lost)
        answer = decide(mary, item)
        assert answer.status_code == 202 and "being carried out" in answer.content.decode()
        assert "Carry it on" not in answer.content.decode()
        waits = stored(item)
        waits.carrying_until = "2026-01-01T00:00:00.000000Z"
        store.save([store.changed(waits)])
        monkeypatch.setattr(counter, "post", real)
        assert "Carry it on" in signed_in(Client(), mary).get(page_of(item)).content.decode()
        assert decide(mary, item, "carry_on").status_code == 302
        assert (stored(item).state, balance(own)) == (APPROVED, 10_000_000 + OVER)

    def test_the_limit_is_a_parameter_of_the_house(self, tom: User, own: DepositAccount) -> None:
        now = utcnow()
        parameters.set_value(
            code="limit.teller_cash", value=10_000, effective_from=now.date(), actor=actor(tom), now=now, reason="drill"
        )
        assert isinstance(
            hand_in(instruction=self.instruction(tom, own, 10_001), reason="x", name="T", now=now), Approval
        )

    def test_a_movement_posted_by_its_teller_alone_names_nobody_else(self, tom: User, own: DepositAccount) -> None:
        made = post(self.instruction(tom, own, 500), now=utcnow())
        assert b"Approved by" not in signed_in(Client(), tom).get(f"/receipts/{made.movement_id}").content
