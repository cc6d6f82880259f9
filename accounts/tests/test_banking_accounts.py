"""Accounts: opening, finding, history, export, status."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts import numbers
from accounts.ledger import CASH, TRANSFER, Instruction
from accounts.models import DepositAccount, User
from accounts.queries.deposits import accounts_of
from accounts.services.deposits import freeze_account
from accounts.services.posting import post
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
from accounts.tests.makers import actor, an_account, form_of, fresh
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.clock import utcnow
from cloudbank.conf import business_date

pytestmark = pytest.mark.usefixtures("bank")
SUSPICION = ("ALERT", "CRITICAL", "Screening", "Suspicious")


@pytest.fixture
def carla() -> User:
    return a_customer()


@pytest.fixture
def simon() -> User:
    return a_stranger()


@pytest.fixture
def own(carla: User) -> DepositAccount:
    return an_account(carla, 100_000)


@pytest.fixture
def other(simon: User) -> DepositAccount:
    return an_account(simon, 50_000)


@pytest.fixture
def web(client: Client, carla: User) -> Client:
    return signed_in(client, carla)


def page_of(item: DepositAccount) -> str:
    return f"/accounts/{item.account_id}"


def moved(item: DepositAccount, to: DepositAccount, owner: User, amounts: list[int], memo: str = "") -> None:
    """One transfer for each amount."""
    for number, amount in enumerate(amounts):
        instruction = Instruction(
            type=TRANSFER,
            key=f"many-{number:04d}-{amount}-{memo}",
            amount=amount,
            currency="USD",
            debit=item.account_id,
            credit=to.account_id,
            channel="online",
            branch="main",
            actor=actor(owner),
            memo=memo,
        )
        post(instruction, now=utcnow())


class TestOpening:
    """`/accounts/open`."""

    def test_a_customer_opens_an_account_and_lands_on_it(self, web: Client, carla: User) -> None:
        answer = web.post("/accounts/open", form_of(web, "/accounts/open") | {"product": "savings"})
        opened = accounts_of(carla.user_id)
        assert [item.product for item in opened] == ["savings"]
        assert answer["Location"] == page_of(opened[0])
        assert numbers.parse(opened[0].account_id)

    def test_sending_the_form_twice_opens_one_account(self, web: Client, carla: User) -> None:
        data = form_of(web, "/accounts/open") | {"product": "checking"}
        assert web.post("/accounts/open", data)["Location"] == web.post("/accounts/open", data)["Location"]
        assert len(accounts_of(carla.user_id)) == 1
        assert web.post("/accounts/open", data | {"product": "savings"}).status_code == 422

    def test_what_a_customer_adds_to_the_form_has_no_effect(self, web: Client, carla: User, simon: User) -> None:
        extra = {"customer": simon.user_id, "owner_id": simon.user_id, "balance": "5000", "overdraft_limit": "9999"}
        web.post("/accounts/open", form_of(web, "/accounts/open") | {"product": "checking"} | extra)
        assert accounts_of(simon.user_id) == []
        (opened,) = accounts_of(carla.user_id)
        assert (opened.balance, opened.overdraft_limit, opened.currency) == (0, 0, "USD")

    @pytest.mark.parametrize("product", ["", "loan", "house"])
    def test_another_kind_is_refused(self, web: Client, carla: User, product: str) -> None:
        answer = web.post("/accounts/open", form_of(web, "/accounts/open") | {"product": product})
        assert answer.status_code == 422 and accounts_of(carla.user_id) == []

    def test_a_teller_finds_the_customer_by_name_and_opens(self, client: Client, carla: User) -> None:
        till = signed_in(client, a_teller())
        found = till.get("/accounts/open", {"q": "carla"}).content.decode()
        address = re.search(r'href="(/accounts/open\?customer=[^"]+)"', found)
        assert address
        data = form_of(till, address[1]) | {"product": "checking", "customer": carla.user_id}
        assert till.post("/accounts/open", data).status_code == 302
        assert len(accounts_of(carla.user_id)) == 1

    def test_a_teller_cannot_open_one_for_staff(self, client: Client) -> None:
        till, boss = signed_in(client, a_teller()), a_manager()
        data = {"product": "checking", "customer": boss.user_id, "key": "k" * 20}
        assert till.post("/accounts/open", data)["Location"] == "/accounts/open"
        assert accounts_of(boss.user_id) == []

    def test_an_auditor_opens_nothing(self, client: Client) -> None:
        assert signed_in(client, an_auditor()).get("/accounts/open").status_code == 403


class TestFinding:
    """`/accounts`."""

    def test_a_customer_sees_their_own_accounts_only(
        self, web: Client, own: DepositAccount, other: DepositAccount
    ) -> None:
        shown = web.get("/accounts", {"q": other.account_id, "customer": other.owner_id}).content.decode()
        assert page_of(own) in shown and other.account_id not in shown

    def test_staff_get_from_a_number_to_its_account(self, client: Client, own: DepositAccount) -> None:
        staff = signed_in(client, an_analyst())
        assert staff.get("/accounts", {"q": numbers.grouped(own.account_id)})["Location"] == page_of(own)

    def test_a_mistyped_number_is_said_to_be_one(self, client: Client, own: DepositAccount) -> None:
        staff = signed_in(client, an_analyst())
        wrong = f"{int(own.account_id) + 1:016d}"
        answer = staff.get("/accounts", {"q": wrong})
        assert answer.status_code == 422 and b"mistyped" in answer.content
        unknown = staff.get("/accounts", {"q": numbers.derive("nobody")})
        assert unknown.status_code == 422 and b"no account with this number" in unknown.content

    def test_staff_get_from_a_name_or_address_to_the_accounts(
        self, client: Client, carla: User, own: DepositAccount
    ) -> None:
        staff = signed_in(client, an_analyst())
        for text in ("carl", "CARLA", carla.email.upper()):
            assert f"/accounts?customer={carla.user_id}" in staff.get("/accounts", {"q": text}).content.decode(), text
        assert page_of(own) in staff.get("/accounts", {"customer": carla.user_id}).content.decode()

    @pytest.mark.parametrize("text", ["zzz", "<script>", "nobody@bank.example", "\x00", "%"])
    def test_what_finds_nobody_says_so(self, client: Client, text: str) -> None:
        answer = signed_in(client, an_analyst()).get("/accounts", {"q": text})
        assert answer.status_code in (200, 422)
        assert b"<script>" not in answer.content.replace(b"<script src", b"")


class TestRecipient:
    """Whose a typed number is."""

    ADDRESS = "/transfer/recipient"

    def test_a_customer_reads_a_masked_name_and_no_balance(self, web: Client, other: DepositAccount) -> None:
        shown = web.get(self.ADDRESS, {"to": numbers.grouped(other.account_id)}).content.decode()
        assert "Si*** S***" in shown
        assert "500" not in shown and "Stranger" not in shown

    def test_their_own_account_is_called_theirs(self, web: Client, own: DepositAccount) -> None:
        assert "Your Checking" in web.get(self.ADDRESS, {"to": own.account_id}).content.decode()

    def test_a_mistyped_number_reads_no_account(self, web: Client, other: DepositAccount, requests_made: Any) -> None:
        wrong = f"{int(other.account_id) + 1:016d}"
        requests_made.clear()
        assert "mistyped" in web.get(self.ADDRESS, {"to": wrong}).content.decode()
        assert "BankingAccounts" not in str(list(requests_made))

    def test_the_counter_reads_the_name_and_the_balance(self, client: Client, other: DepositAccount) -> None:
        shown = signed_in(client, a_teller()).get(self.ADDRESS, {"account": other.account_id}).content.decode()
        assert "Simon Stranger" in shown and "500.00" in shown


class TestHistory:
    """`/accounts/<account_id>`."""

    def test_a_stranger_finds_nothing_in_any_form(self, web: Client, other: DepositAccount) -> None:
        for query in ("", "?export=csv", "?export=xlsx", "?type=deposit", "?size=100"):
            assert web.get(page_of(other) + query).status_code == 404
        assert web.get(page_of(other), headers={"HX-Request": "true"}).status_code == 404
        for address in (numbers.derive("nobody"), "123", "house:cash", "usr_x"):
            assert web.get(f"/accounts/{address}").status_code == 404

    def test_the_owner_sees_the_lines_newest_first(
        self, web: Client, carla: User, own: DepositAccount, other: DepositAccount
    ) -> None:
        moved(own, other, carla, [100, 200])
        rows = web.get(page_of(own)).context["lines"]
        amounts = [str({column.key: cell for column, cell in line.cells}["amount"]) for line in rows]
        assert ["2.00" in amounts[0], "1.00" in amounts[1], "1,000.00" in amounts[2]] == [True] * 3

    def test_pages_follow_each_other_without_gap_or_repeat(
        self, web: Client, carla: User, own: DepositAccount, other: DepositAccount
    ) -> None:
        moved(own, other, carla, list(range(1, 61)))
        seen, address = [], page_of(own)
        while address:
            answer = web.get(address)
            seen += [str(line.cells[3][1]) for line in answer.context["lines"]]
            address = page_of(own) + answer.context["next"] if answer.context["next"] else ""
        assert len(seen) == 61 == len(set(seen))

    def test_another_persons_cursor_is_refused(
        self, web: Client, carla: User, own: DepositAccount, other: DepositAccount
    ) -> None:
        moved(own, other, carla, list(range(1, 31)))
        following = web.get(page_of(own)).context["next"]
        staff = signed_in(Client(), an_auditor())
        assert staff.get(page_of(own) + following).status_code == 400

    def test_filters_narrow_by_day_type_and_amount(
        self, web: Client, carla: User, own: DepositAccount, other: DepositAccount
    ) -> None:
        moved(own, other, carla, [100, 200, 300])
        today = business_date(utcnow())

        def count(**filters: str) -> int:
            answer = web.get(page_of(own), filters)
            assert answer.status_code == 200
            return len(answer.context["lines"])

        assert count() == 4
        assert count(type="transfer") == 3
        assert count(minimum="2", maximum="3.00") == 2
        assert count(first=today.isoformat(), last=today.isoformat()) == 4
        assert count(last=(today - timedelta(days=1)).isoformat()) == 0
        assert count(first=(today + timedelta(days=1)).isoformat()) == 0

    @pytest.mark.parametrize(
        "query",
        [
            "first=2026-02-30",
            "minimum=1e3",
            "maximum=-5",
            "type=loot",
            "first=2026-02-02&last=2026-02-01",
            "minimum=5&maximum=1",
        ],
    )
    def test_a_filter_that_is_none_is_said_so(self, web: Client, own: DepositAccount, query: str) -> None:
        assert web.get(f"{page_of(own)}?{query}").status_code == 422

    def test_a_customer_never_reads_what_screening_thought(
        self, client: Client, web: Client, own: DepositAccount
    ) -> None:
        till = Instruction(
            type="deposit", key="big", amount=1_000_001, currency="USD", debit=CASH, credit=own.account_id,
            channel="branch", branch="main", actor=actor(a_teller()),
        )  # fmt: skip
        assert post(till, now=utcnow()).badge != "OK"  # else this test proves nothing
        everything = [web.get(page_of(own) + query) for query in ("", "?badge=suspicious", "?badge=OK")]
        assert {len(answer.context["lines"]) for answer in everything} == {2}  # the filter is not there
        texts = [answer.content.decode() for answer in everything]
        texts.append(b"".join(web.get(f"{page_of(own)}?export=csv")).decode("utf-8-sig"))
        texts.append(web.get("/dashboard").content.decode())
        for text in texts:
            assert not [word for word in SUSPICION if word in text]

    def test_staff_read_and_filter_the_badges(self, client: Client, own: DepositAccount) -> None:
        staff = signed_in(client, an_analyst())
        assert b"Screening" in staff.get(page_of(own)).content
        assert len(staff.get(page_of(own), {"badge": "CRITICAL"}).context["lines"]) == 0

    def test_the_export_is_the_filtered_view_and_executes_nothing(
        self, web: Client, carla: User, own: DepositAccount, other: DepositAccount
    ) -> None:
        moved(own, other, carla, [100, 200], memo="=HYPERLINK(1)")
        text = b"".join(web.get(f"{page_of(own)}?type=transfer&export=csv")).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text)))
        assert sum("Transfer to" in ",".join(row) for row in rows) == 2
        assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)
        assert not any("Cash deposit" in cell for row in rows for cell in row)
        assert other.account_id not in text and numbers.grouped(other.account_id) not in text

    def test_a_frozen_account_tells_its_owner_no_reason(self, web: Client, own: DepositAccount) -> None:
        freeze_account(
            account_id=own.account_id, reason="suspected structuring", actor=actor(an_analyst()), now=utcnow()
        )
        shown = web.get(page_of(own)).content.decode()
        assert "This account is frozen" in shown and "structuring" not in shown
        assert "/transfer?account=" not in shown
        assert "structuring" in signed_in(Client(), an_officer()).get(page_of(own)).content.decode()


class TestStatus:
    """Freeze, release, close."""

    def act(self, user: User, item: DepositAccount, action: str, reason: str = "Suspected structuring") -> Any:
        return signed_in(Client(), user).post(f"{page_of(item)}/{action}", {"reason": reason})

    def test_an_analyst_freezes_with_a_reason_and_it_is_audited(self, own: DepositAccount) -> None:
        ana = an_analyst()
        assert self.act(ana, own, "freeze").status_code == 302
        assert fresh(own).status == "frozen"
        last = list(AuditRecord.by_subject.query(subject_of(own)))[-1]
        assert (last.action, last.actor_id, last.reason) == ("freeze", ana.user_id, "Suspected structuring")
        assert (last.before, last.after) == ({"status": "active"}, {"status": "frozen"})

    @pytest.mark.parametrize("reason", ["", "   "])
    def test_no_reason_no_change(self, own: DepositAccount, reason: str) -> None:
        assert self.act(an_analyst(), own, "freeze", reason).status_code == 422
        assert fresh(own).status == "active"

    def test_only_an_empty_account_is_closed(self, carla: User, own: DepositAccount) -> None:
        mary, empty = a_manager(), an_account(carla, product="savings")
        assert self.act(mary, own, "close").status_code == 422, "nobody said where the money goes"
        assert fresh(own).status == "active"
        assert self.act(mary, empty, "close").status_code == 302
        assert fresh(empty).status == "closed"

    def test_who_lacks_the_permission_is_refused(self, carla: User, own: DepositAccount) -> None:
        for user in (carla, a_teller(), an_auditor()):
            for action in ("freeze", "unfreeze", "close"):
                assert self.act(user, own, action).status_code == 403, (user.role, action)
        assert self.act(an_analyst(), own, "close").status_code == 403
        assert self.act(a_manager(), own, "steal").status_code == 404
        assert fresh(own).status == "active"

    def test_reading_the_page_changes_nothing(self, own: DepositAccount) -> None:
        answer = signed_in(Client(), a_manager()).get(f"{page_of(own)}/freeze", {"reason": "x"})
        assert answer.status_code == 200
        assert fresh(own).version == own.version
