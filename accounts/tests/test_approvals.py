"""Four eyes at work: the release of a frozen account."""

from typing import Any

import pytest
from django.test import Client

from accounts.ledger import Refused
from accounts.models import DepositAccount, User
from accounts.services.deposits import freeze_account
from accounts.services.releasing import ask_release
from accounts.states import SAID
from accounts.testing import (
    an_admin,
    an_analyst,
    an_auditor,
    an_officer,
    signed_in,
)
from accounts.tests.approving import decide, page_of, stored, the_one
from accounts.tests.conftest import set_by_hand
from accounts.tests.makers import actor, an_account, form_of, fresh
from cloudbank import approvals
from cloudbank.approvals import PENDING
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.clock import utcnow

pytestmark = pytest.mark.usefixtures("bank", "quiet")


@pytest.fixture
def frozen(own: DepositAccount) -> DepositAccount:
    freeze_account(account_id=own.account_id, reason="Suspicion", actor=actor(an_analyst()), now=utcnow())
    return fresh(own)


class TestRelease:
    """Freezing is one person's, releasing needs two."""

    def ask(self, user: User, item: DepositAccount, reason: str = "All fine") -> Any:
        client = signed_in(Client(), user)
        path = f"/accounts/{item.account_id}/unfreeze"
        return client.post(path, form_of(client, path) | {"reason": reason})

    def test_one_asks_and_a_second_person_releases(self, frozen: DepositAccount, mary: User) -> None:
        ana = an_analyst()
        answer = self.ask(ana, frozen)
        item = the_one()
        assert answer["Location"] == page_of(item)
        assert fresh(frozen).status == "frozen"
        assert decide(mary, item).status_code == 302
        assert fresh(frozen).status == "active"
        last = list(AuditRecord.by_subject.query(subject_of(frozen)))[-1]
        assert (last.action, last.actor_id, last.reason) == ("unfreeze", mary.user_id, "All fine")
        assert last.after == {"status": "active", "asked_by": ana.user_id, "approval": item.approval_id}
        assert stored(item).outcome_url == f"/accounts/{frozen.account_id}"

    @pytest.mark.parametrize("before", ["debit_blocked", "credit_blocked", "dormant"])
    def test_a_release_lifts_the_freeze_and_not_the_block_before_it(
        self, own: DepositAccount, mary: User, before: str
    ) -> None:
        set_by_hand(own.account_id, status=before)
        ana = an_analyst()
        freeze_account(account_id=own.account_id, reason="Suspicion", actor=actor(ana), now=utcnow())
        self.ask(ana, fresh(own))
        item = the_one()
        assert item.shown["changes"][0][2] == SAID[before]
        assert decide(mary, item).status_code == 302
        assert fresh(own).status == before

    def test_who_asked_cannot_release_it_and_is_told_why(self, frozen: DepositAccount, mary: User) -> None:
        self.ask(mary, frozen)
        item = the_one()
        shown = signed_in(Client(), mary).get(page_of(item)).content.decode()
        assert "another person decides" in shown and "Withdraw the request" in shown
        assert 'value="approve"' not in shown
        assert decide(mary, item).status_code == 422
        assert fresh(frozen).status == "frozen"
        assert decide(mary, item, "withdraw").status_code == 302
        assert stored(item).state == approvals.WITHDRAWN
        assert decide(an_officer(), item).status_code == 409

    def test_a_freeze_that_was_renewed_is_not_released_by_the_old_request(
        self, frozen: DepositAccount, mary: User
    ) -> None:
        oscar = an_officer()
        self.ask(an_analyst(), frozen)
        old = the_one()
        set_by_hand(frozen.account_id, status="active")
        freeze_account(account_id=frozen.account_id, reason="Again", actor=actor(oscar), now=utcnow())
        answer = decide(mary, old)
        assert answer.status_code == 422 and b"was changed since" in answer.content
        assert (fresh(frozen).status, stored(old).state) == ("frozen", PENDING)
        said = {"actor": actor(oscar), "name": "Oscar", "now": utcnow()}
        new = ask_release(account_id=frozen.account_id, reason="x", key="k", **said)
        assert decide(mary, new).status_code == 302
        assert fresh(frozen).status == "active"

    def test_a_release_that_waits_is_not_asked_again(self, frozen: DepositAccount) -> None:
        self.ask(an_analyst(), frozen)
        answer = self.ask(an_officer(), frozen)
        assert answer.status_code == 422 and b"asked already" in answer.content
        the_one()

    def test_only_a_frozen_account_is_asked_for_and_only_by_who_may(
        self, own: DepositAccount, frozen: DepositAccount, tom: User, carla: User
    ) -> None:
        active = an_account(carla)
        path = f"/accounts/{active.account_id}/unfreeze"
        answer = signed_in(Client(), an_officer()).post(path, {"reason": "x", "key": "k" * 20})
        assert answer.status_code == 422 and b"there is nothing to" in answer.content
        for user in (tom, carla, an_auditor(), an_admin()):
            assert signed_in(Client(), user).get(f"/accounts/{frozen.account_id}/unfreeze").status_code == 403
        with pytest.raises(Refused):
            ask_release(account_id="0", reason="x", key="k", actor=actor(an_officer()), name="O", now=utcnow())

    def test_staff_see_on_the_account_that_a_release_was_asked_and_its_owner_does_not(
        self, frozen: DepositAccount, carla: User, mary: User
    ) -> None:
        self.ask(mary, frozen, "A secret reason")
        path = f"/accounts/{frozen.account_id}"
        assert "has asked for its release" in signed_in(Client(), an_officer()).get(path).content.decode()
        assert (
            "has asked for this already" in signed_in(Client(), an_officer()).get(f"{path}/unfreeze").content.decode()
        )
        shown = signed_in(Client(), carla).get(path).content.decode()
        assert "secret" not in shown and "release" not in shown
