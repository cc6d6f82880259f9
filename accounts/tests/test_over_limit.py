"""What a teller may not do alone: a transfer for a customer, a payroll; each above its limit waits for a second person."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.ledger import TRANSFER, Instruction, Refused
from accounts.models import DepositAccount, User
from accounts.models.payroll import DONE, Payroll
from accounts.queries.ledger import history, movement_lines
from accounts.queries.payroll import movement_of, payroll
from accounts.services import payroll_release
from accounts.services.counter import OVER_CASH, OVER_TRANSFER, hand_in
from accounts.services.payroll_release import OVER_PAYROLL, release
from accounts.services.posting import NotKnownYet, Receipt
from accounts.testing import a_customer, a_manager, a_stranger, a_teller, an_analyst, signed_in
from accounts.tests.approving import REASON, decide, page_of, stored, the_one
from accounts.tests.conftest import set_by_hand
from accounts.tests.makers import actor, an_account, balance, form_of
from accounts.tests.test_concurrency import sound
from accounts.tests.test_payroll import PAID, Firm
from cloudbank import approvals, documents, parameters, store
from cloudbank.approvals import APPROVED, PENDING, Approval, NotAllowed
from cloudbank.clock import utcnow
from cloudbank.ids import new_id

pytestmark = pytest.mark.usefixtures("bank", "quiet")
OVER = 5_000_001


@pytest.fixture(autouse=True)
def _documents(settings: Any, tmp_path: Path) -> None:
    backend = {"BACKEND": "cloudbank.documents.AtomicFileSystemStorage", "OPTIONS": {"location": str(tmp_path / "d")}}
    settings.STORAGES = settings.STORAGES | {"documents": backend}


@pytest.fixture
def tom() -> User:
    return a_teller()


@pytest.fixture
def mary() -> User:
    return a_manager()


@pytest.fixture
def own() -> DepositAccount:
    return an_account(a_customer(), 10_000_000)


@pytest.fixture
def other() -> DepositAccount:
    return an_account(a_stranger(kyc_status="pending"), 70_000)


def transfer(tom: User, own: DepositAccount, other: DepositAccount, amount: int = OVER, key: str = "") -> Instruction:
    return Instruction(
        type=TRANSFER, key=key or new_id("key"), amount=amount, currency=own.currency, debit=own.account_id,
        credit=other.account_id, channel="branch", branch="main", actor=actor(tom), memo="House",
    )  # fmt: skip


def handed_in(asked: Instruction, reason: str = REASON) -> Receipt | Approval:
    return hand_in(instruction=asked, reason=reason, name="Tom", now=utcnow())


def set_limit(code: str, value: int) -> None:
    now = utcnow()
    parameters.set_value(
        code=code, value=value, effective_from=now.date(), actor=actor(a_manager()), now=now, reason="x"
    )


class TestTransfer:
    def test_up_to_the_limit_a_teller_transfers_alone(
        self, tom: User, own: DepositAccount, other: DepositAccount
    ) -> None:
        assert isinstance(handed_in(transfer(tom, own, other, 5_000_000), ""), Receipt)
        assert (balance(own), balance(other)) == (5_000_000, 5_070_000)

    def test_above_it_nothing_moves_before_a_manager_approves_exactly_what_was_typed(
        self, tom: User, mary: User, own: DepositAccount, other: DepositAccount
    ) -> None:
        client = signed_in(Client(), tom)
        typed = {"account": own.account_id, "to": other.account_id, "amount": "50000.01", "memo": "House"}
        data = form_of(client, "/transfer") | typed
        said = client.post("/transfer", data).content.decode()
        assert "A second person must approve this" in said and "Over 50,000.00 USD" in said
        assert "Ask for approval" in said and "Transfer 50,000.01 USD" not in said
        missing = client.post("/transfer", data | {"confirm": "yes", "reason": ""})
        assert missing.status_code == 422 and "Say why" in missing.content.decode()
        client.post("/transfer", data | {"confirm": "yes", "reason": REASON})
        assert (balance(own), balance(other)) == (10_000_000, 70_000)
        item = the_one()
        decide(mary, item)
        assert (balance(own), balance(other)) == (4_999_999, 5_070_001)
        movement_id = stored(item).outcome_url.rpartition("/")[2]
        lines = movement_lines(movement_id)
        assert {(one.actor_id, one.memo, one.type) for one in lines} == {(tom.user_id, "House", "transfer")}
        receipt = signed_in(Client(), tom).get(stored(item).outcome_url).content.decode()
        assert "Approved by" in receipt and mary.name in receipt
        again = client.post("/transfer", data | {"confirm": "yes", "reason": REASON})
        assert again["Location"] == stored(item).outcome_url
        assert balance(own) == 4_999_999

    def test_the_manager_reads_both_accounts_their_holders_whether_they_are_known_and_both_balances(
        self, tom: User, mary: User, own: DepositAccount, other: DepositAccount
    ) -> None:
        item = handed_in(transfer(tom, own, other))
        assert isinstance(item, Approval)
        assert item.title == "Transfer 50,000.01 USD from Carla Customer to Simon Stranger"
        facts = {label: (value.replace(" ", ""), note) for label, value, note in item.shown["facts"]}
        assert facts["From"] == (own.account_id, "Checking of Carla Customer, identity verified")
        assert facts["To"] == (other.account_id, "Checking of Simon Stranger, identity not verified")
        assert facts["Amount"][1] == "fifty thousand dollars and one cent"
        assert facts["Limit"][0] == "50,000.00USD"
        assert item.shown["changes"] == [
            ["Balance from", "100,000.00 USD", "49,999.99 USD"],
            ["Balance to", "700.00 USD", "50,700.01 USD"],
        ]
        shown = signed_in(Client(), mary).get(page_of(item)).content.decode()
        assert "identity not verified" in shown and "50,700.01 USD" in shown

    def test_neither_the_teller_nor_an_analyst_nor_a_customer_can_approve_it(
        self, tom: User, own: DepositAccount, other: DepositAccount
    ) -> None:
        item = handed_in(transfer(tom, own, other))
        assert isinstance(item, Approval)
        assert [decide(user, item).status_code for user in (tom, an_analyst(), a_customer())] == [403, 404, 403]
        assert (stored(item).state, balance(own)) == (PENDING, 10_000_000)

    def test_many_clicks_of_many_managers_move_it_once(
        self, tom: User, own: DepositAccount, other: DepositAccount
    ) -> None:
        item, managers = handed_in(transfer(tom, own, other)), [a_manager(name=f"M{n}") for n in range(4)]
        assert isinstance(item, Approval)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: decide(managers[number % 4], item), range(8)))
        assert (balance(own), len(history(other.account_id).rows)) == (4_999_999, 2)
        sound()

    def test_a_customers_own_transfer_and_the_counters_cash_have_other_limits(
        self, tom: User, own: DepositAccount, other: DepositAccount
    ) -> None:
        set_limit(OVER_TRANSFER.limit.code, 100_00)
        cash = replace(transfer(tom, own, other, 2_000_000), type="deposit", debit="house:cash")
        assert isinstance(handed_in(cash, ""), Receipt)
        carla = replace(transfer(tom, own, other, 2_000_000), channel="online", actor=actor(tom))
        assert isinstance(handed_in(carla, ""), Receipt)
        assert isinstance(handed_in(transfer(tom, own, other, 100_01)), Approval)

    def test_the_limit_is_in_units_of_the_accounts_currency(self, tom: User) -> None:
        one, two = (an_account(user, 6_000_000, currency="JPY") for user in (a_customer(), a_stranger()))
        assert [rule.most("JPY", utcnow()) for rule in (OVER_CASH, OVER_TRANSFER)] == [25_000, 50_000]
        assert isinstance(handed_in(transfer(tom, one, two, 50_000), ""), Receipt)
        assert isinstance(handed_in(transfer(tom, one, two, 50_001)), Approval)


class TestPayroll:
    """The firm's file of 1,234.50 USD, with a limit of 1,000."""

    @pytest.fixture
    def firm(self) -> Firm:
        set_limit(OVER_PAYROLL.limit.code, 100_000)
        return Firm()

    @pytest.fixture
    def item(self, firm: Firm) -> Payroll:
        return firm.brought()

    def released(self, item: Payroll, tom: User, key: str = "k") -> Payroll | Approval:
        return release(
            payroll_id=item.payroll_id, key=key, reason=REASON, actor=actor(tom), name=tom.name, now=utcnow()
        )

    def asked(self, item: Payroll, tom: User, key: str = "k") -> Approval:
        found = self.released(item, tom, key)
        assert isinstance(found, Approval)
        return found

    def test_a_teller_asks_on_its_page_and_a_manager_lets_it_be_paid(
        self, firm: Firm, item: Payroll, tom: User, mary: User
    ) -> None:
        client, url = signed_in(Client(), tom), f"/payroll/{item.payroll_id}"
        page = client.get(url)
        assert "A second person must approve this" in page.content.decode()
        assert "Pay 1,234.50" not in page.content.decode()
        refused = client.post(f"{url}/confirm", {"key": page.context["key"]}, follow=True)
        assert "Nothing was paid: Say why" in refused.content.decode()
        sent = {"key": page.context["key"], "reason": REASON}
        answers = {client.post(f"{url}/confirm", sent)["Location"] for _ in range(2)}
        asked = the_one()
        assert answers == {page_of(asked)}
        assert firm.balances()[0] == 500_000
        waiting = client.get(url).content.decode()
        assert "It waits for a second person" in waiting and "Ask for approval" not in waiting
        facts = {label: note for label, _, note in asked.shown["facts"]}
        assert facts["From"] == "Checking of Forge & Sons Ltd, identity verified"
        assert asked.shown["changes"] == [["Balance", "5,000.00 USD", "3,765.50 USD"]]
        decide(mary, asked)
        assert firm.balances() == PAID
        assert payroll(item.payroll_id).state == DONE  # type: ignore[union-attr]
        receipt = signed_in(Client(), tom).get(f"/receipts/{movement_of(item)}").content.decode()
        assert "Approved by" in receipt and mary.name in receipt
        client.post(f"{url}/confirm", sent)
        assert firm.balances() == PAID
        sound()

    def test_up_to_the_limit_it_needs_nobody_else(self, firm: Firm, item: Payroll, tom: User) -> None:
        set_limit(OVER_PAYROLL.limit.code, item.total)
        assert payroll_release.rule_over(item, actor(tom), utcnow()) is None
        set_limit(OVER_PAYROLL.limit.code, item.total - 1)
        assert payroll_release.rule_over(item, actor(tom), utcnow()) is OVER_PAYROLL
        assert payroll_release.rule_over(item, actor(firm.owner), utcnow()) is OVER_PAYROLL, "a branch brought it"

    def test_what_was_changed_since_it_was_asked_is_not_paid(
        self, firm: Firm, item: Payroll, tom: User, mary: User
    ) -> None:
        asked = self.asked(item, tom)
        changed = payroll(item.payroll_id)
        assert changed is not None
        changed.total += 1
        store.save([store.changed(changed)])
        answer = decide(mary, asked)
        assert answer.status_code == 422 and b"not what was asked for" in answer.content
        assert firm.balances()[0] == 500_000

    def test_a_rejected_one_can_be_asked_for_again_and_two_requests_pay_once(
        self, firm: Firm, item: Payroll, tom: User, mary: User
    ) -> None:
        first = self.asked(item, tom, "a")
        decide(mary, first, "reject", "No document")
        second = self.asked(item, tom, "b")
        assert second.approval_id != first.approval_id
        assert self.asked(item, a_teller(), "c").approval_id == second.approval_id
        decide(mary, second)
        assert isinstance(self.released(item, tom, "d"), Payroll)
        assert firm.balances() == PAID

    def test_without_funds_it_is_not_asked_and_not_approved(
        self, firm: Firm, item: Payroll, tom: User, mary: User
    ) -> None:
        asked = self.asked(item, tom)
        set_by_hand(firm.account.account_id, balance=item.total - 1)
        answer = decide(mary, asked)
        assert answer.status_code == 422 and b"available" in answer.content
        with pytest.raises(NotAllowed, match="available"):
            self.released(firm.brought(firm.file("2000", "1")), tom, "n")
        assert payroll(item.payroll_id).state == "checked"  # type: ignore[union-attr]

    @pytest.mark.parametrize("posted", [True, False])
    def test_a_crash_around_the_debit_is_carried_on_and_pays_once(
        self, firm: Firm, item: Payroll, tom: User, mary: User, monkeypatch: pytest.MonkeyPatch, posted: bool
    ) -> None:
        asked, real = self.asked(item, tom), payroll_release.start

        def dies(payroll_id: str, **more: Any) -> Any:
            monkeypatch.setattr(payroll_release, "start", real)
            if posted:
                real(payroll_id, **more)
            raise KeyboardInterrupt

        monkeypatch.setattr(payroll_release, "start", dies)
        with pytest.raises(KeyboardInterrupt):
            decide(mary, asked)
        assert stored(asked).is_unfinished
        assert approvals.resume_due(now=utcnow() + timedelta(minutes=5)) == (1, 0)
        assert (firm.balances(), stored(asked).state) == (PAID, APPROVED)
        sound()

    def test_an_unknown_outcome_stays_open_and_a_damaged_file_does_not_break_the_decision(
        self, firm: Firm, item: Payroll, tom: User, mary: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        asked, real = self.asked(item, tom), payroll_release.start

        def lost(payroll_id: str, **more: Any) -> Any:
            real(payroll_id, **more)
            raise NotKnownYet("mov_x")

        monkeypatch.setattr(payroll_release, "start", lost)
        assert decide(mary, asked).status_code == 202
        monkeypatch.setattr(payroll_release, "start", real)
        path = tmp_path / "d" / item.document
        path.write_bytes(path.read_bytes() + b" ")
        assert approvals.resume_due(now=utcnow() + timedelta(minutes=5)) == (1, 0)
        with pytest.raises(documents.Damaged):
            payroll_release.advance(item.payroll_id, now=utcnow)
        assert firm.balances() == [376_550, 0, 0, 0, 0]


def test_a_request_over_a_limit_is_refused_when_the_books_would_refuse_it(tom: User, own: DepositAccount) -> None:
    with pytest.raises(NotAllowed, match="no account"):
        handed_in(replace(transfer(tom, own, own), credit="4000000000000000"))
    with pytest.raises((Refused, NotAllowed), match="two different accounts"):
        handed_in(transfer(tom, own, own))
