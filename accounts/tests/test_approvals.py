"""Four eyes at work: the release of a frozen account, cash over the teller's limit, the inbox."""

import csv
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.ledger import CASH, Instruction, Refused
from accounts.models import DepositAccount, User
from accounts.queries.ledger import history, movement_lines
from accounts.services import counter
from accounts.services.counter import OVER_CASH, approval_of, hand_in
from accounts.services.deposits import freeze_account
from accounts.services.posting import NotKnownYet, Receipt, post
from accounts.services.releasing import ask_release
from accounts.states import SAID
from accounts.testing import (
    a_customer,
    a_manager,
    a_stranger,
    a_teller,
    an_admin,
    an_analyst,
    an_auditor,
    an_officer,
    signed_in,
)
from accounts.tests.conftest import set_by_hand
from accounts.tests.makers import actor, an_account, balance, form_of, fresh
from cloudbank import approvals, parameters, store
from cloudbank.approvals import APPROVED, FAILED, PENDING, Approval, NotAllowed
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.clock import utcnow
from cloudbank.ids import new_id

pytestmark = pytest.mark.usefixtures("bank", "quiet")
REASON = "The customer showed the invoice."
OVER = 2_500_001


@pytest.fixture
def carla() -> User:
    return a_customer()


@pytest.fixture
def own(carla: User) -> DepositAccount:
    return an_account(carla, 10_000_000)


@pytest.fixture
def tom() -> User:
    return a_teller()


@pytest.fixture
def mary() -> User:
    return a_manager()


@pytest.fixture
def frozen(own: DepositAccount) -> DepositAccount:
    freeze_account(account_id=own.account_id, reason="Suspicion", actor=actor(an_analyst()), now=utcnow())
    return fresh(own)


def page_of(item: Approval | str) -> str:
    return f"/approvals/{item if isinstance(item, str) else item.approval_id}"


def the_one() -> Approval:
    """The only request there is."""
    rows, _ = approvals.listed(PENDING, now=utcnow(), wanted=lambda filed: True, cursor=None, limit=10)
    assert len(rows) == 1
    return rows[0]


def stored(item: Approval) -> Approval:
    found = approvals.find(item.approval_id)
    assert found is not None
    return found


def decide(user: User, item: Approval, action: str = "approve", note: str = "", **more: str) -> Any:
    data = {"action": action, "note": note, "content_hash": item.content_hash} | more
    return signed_in(Client(), user).post(page_of(item), data)


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


class TestCash:
    """A teller posts up to a limit alone."""

    def instruction(self, tom: User, account: DepositAccount, amount: int = OVER, key: str = "") -> Instruction:
        return Instruction(
            type="deposit", key=key or new_id("key"), amount=amount, currency="USD", debit=CASH,
            credit=account.account_id, channel="branch", branch="main", actor=actor(tom), memo="Car",
        )  # fmt: skip

    def asked(self, tom: User, account: DepositAccount, **more: Any) -> Approval:
        result = hand_in(instruction=self.instruction(tom, account, **more), reason=REASON, name="Tom", now=utcnow())
        assert isinstance(result, Approval)
        return result

    def approve(self, item: Approval, by: User, **more: Any) -> Approval:
        known = {
            "approval_id": item.approval_id,
            "content_hash": item.content_hash,
            "actor": actor(by),
            "now": utcnow(),
        }
        return approvals.approve(**(known | {"name": by.name} | more))

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


class TestPages:
    """The inbox and one request."""

    @pytest.fixture
    def item(self, tom: User, own: DepositAccount) -> Iterator[Approval]:
        yield TestCash().asked(tom, own)

    @pytest.fixture
    def release(self, carla: User) -> Approval:
        account = an_account(carla)
        ana = an_analyst()
        freeze_account(account_id=account.account_id, reason="Suspicion", actor=actor(ana), now=utcnow())
        return ask_release(
            account_id=account.account_id, reason="All fine", key="k", actor=actor(ana), name=ana.name, now=utcnow()
        )

    def titles(self, user: User, query: str = "") -> list[str]:
        lines = signed_in(Client(), user).get(f"/approvals{query}").context["lines"]
        return [str(line.cells[0][1]) for line in lines]

    def test_each_sees_what_concerns_them(self, item: Approval, release: Approval, tom: User, mary: User) -> None:
        assert len(self.titles(mary)) == len(self.titles(an_officer())) == len(self.titles(an_auditor())) == 2
        assert len(self.titles(tom)) == 1 and "Take in 25,000.01 USD" in self.titles(tom)[0]
        assert len(self.titles(an_analyst())) == 1 and "Release" in self.titles(an_analyst())[0]
        assert signed_in(Client(), tom).get(page_of(release)).status_code == 404
        assert signed_in(Client(), an_analyst()).get(page_of(item)).status_code == 404
        for user in (a_customer(), a_stranger()):
            assert signed_in(Client(), user).get("/approvals").status_code == 403
            assert signed_in(Client(), user).get(page_of(item)).status_code == 403

    def test_filters_by_kind_state_and_asker(self, item: Approval, release: Approval, tom: User, mary: User) -> None:
        assert len(self.titles(mary, "?kind=teller_cash")) == 1
        assert len(self.titles(tom, "?mine=on")) == 1
        assert self.titles(mary, "?mine=on") == self.titles(mary, "?state=settled") == []
        decide(mary, item, "reject", "No document")
        assert len(self.titles(mary)) == 1
        assert len(self.titles(mary, "?state=settled")) == len(self.titles(mary, "?state=rejected")) == 1
        assert self.titles(mary, "?state=approved") == []
        assert len(self.titles(tom, "?mine=on&state=rejected")) == len(self.titles(tom, "?mine=on")) == 1

    def test_the_page_says_what_changes_who_asked_why_and_until_when(self, item: Approval, mary: User) -> None:
        shown = signed_in(Client(), mary).get(page_of(item)).content.decode()
        for text in (
            "Take in 25,000.01 USD in cash", "100,000.00 USD", "125,000.01 USD", REASON, "Tom", "7 days left",
            item.content_hash[:12], "twenty-five thousand dollars",
        ):  # fmt: skip
            assert text in shown, text

    def test_a_rejection_needs_a_note_and_keeps_what_was_typed(self, item: Approval, mary: User) -> None:
        answer = decide(mary, item, "reject", "  ")
        assert answer.status_code == 422 and b"Say why" in answer.content
        assert decide(mary, item, "reject", "No <b>document</b>").status_code == 302
        shown = signed_in(Client(), mary).get(page_of(item)).content.decode()
        assert "No &lt;b&gt;document&lt;/b&gt;" in shown and "Rejected by Mary Manager" in shown

    def test_a_form_with_another_hash_is_refused(self, item: Approval, mary: User, own: DepositAccount) -> None:
        answer = decide(mary, item, content_hash="0" * 64)
        assert answer.status_code == 422 and b"not what you were shown" in answer.content
        assert balance(own) == 10_000_000

    def test_extra_fields_change_nothing(self, item: Approval, mary: User, own: DepositAccount) -> None:
        decide(mary, item, "reject", "no", state="approved", checker_id="usr_x", amount="1", maker_id="usr_y")
        assert (stored(item).state, stored(item).checker_id) == ("rejected", mary.user_id)
        assert stored(item).computed_hash() == item.content_hash

    def test_who_may_read_but_not_decide_is_told_and_refused(self, item: Approval) -> None:
        auditor = an_auditor()
        shown = signed_in(Client(), auditor).get(page_of(item)).content.decode()
        assert "your role does not decide" in shown and 'value="approve"' not in shown
        for action in ("approve", "reject", "steal", ""):
            assert decide(auditor, item, action, "x").status_code == 403
        assert decide(auditor, item, "withdraw").status_code == 422
        assert stored(item).state == PENDING

    def test_the_second_checker_is_told_who_was_faster(self, item: Approval, mary: User) -> None:
        decide(mary, item, "reject", "No document")
        answer = decide(a_manager(name="Max Second"), item)
        assert answer.status_code == 409
        assert "Mary Manager was faster: this request is rejected already." in answer.content.decode()

    def test_an_expired_request_is_shown_as_such_without_a_form(
        self, item: Approval, mary: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = stored(item)
        old.due_at = "2026-01-01T00:00:00.000000Z"
        old.content_hash = old.computed_hash()
        old.file()
        store.save([store.changed(old)])
        shown = signed_in(Client(), mary).get(page_of(item)).content.decode()
        assert "Expired" in shown and "Nobody decided" in shown and 'value="approve"' not in shown
        assert decide(mary, stored(item)).status_code == 422
        assert self.titles(mary) == [] and len(self.titles(mary, "?state=expired")) == 1

    def test_the_bar_counts_what_this_person_may_decide(
        self, item: Approval, release: Approval, tom: User, mary: User, requests_made: Any
    ) -> None:
        def counted(user: User) -> str:
            page = signed_in(Client(), user).get("/people/none").content.decode()
            return page.partition('class="bar-count">')[2].partition("<")[0]

        assert (counted(mary), counted(an_officer()), counted(tom), counted(an_auditor())) == ("2", "1", "", "")

    def test_the_count_costs_one_query_a_page_and_none_for_who_decides_nothing(
        self, item: Approval, tom: User, mary: User, requests_made: Any
    ) -> None:
        def queries(user: User) -> int:
            client = signed_in(Client(), user)
            client.get("/password/change")
            requests_made.clear()
            client.get("/password/change")
            return int(requests_made.count("Query"))

        assert (queries(mary), queries(tom)) == (1, 1), "a teller approves what is closed in cash"
        assert (queries(an_auditor()), queries(a_customer())) == (0, 0)

    def test_a_page_does_not_fail_for_its_count(self, mary: User, monkeypatch: pytest.MonkeyPatch) -> None:
        def down(*_: Any, **__: Any) -> int:
            raise store.Unavailable("down")

        monkeypatch.setattr(approvals, "waiting_for", down)
        assert signed_in(Client(), mary).get("/password/change").status_code == 200

    def test_the_view_is_exported_with_its_hashes(self, item: Approval, mary: User) -> None:
        text = b"".join(signed_in(Client(), mary).get("/approvals?export=csv")).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text)))
        assert any(item.content_hash in row for row in rows)
