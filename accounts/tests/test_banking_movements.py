"""Deposit, withdraw, transfer: form, read-back, posting, receipt."""

from typing import Any

import pytest
from django.test import Client

from accounts import numbers
from accounts.ledger import CASH, CLEARING
from accounts.models import DepositAccount, User
from accounts.queries.ledger import history
from accounts.services.deposits import freeze_account
from accounts.services.posting import Busy, NotKnownYet
from accounts.testing import a_customer, a_stranger, a_teller, an_auditor, signed_in
from accounts.tests.makers import actor, an_account, balance, form_of, fresh
from accounts.views import movements
from cloudbank import store
from cloudbank.clock import utcnow

pytestmark = pytest.mark.usefixtures("bank")
PATHS = ("/deposit", "/withdraw", "/transfer")


@pytest.fixture
def carla() -> User:
    return a_customer()


@pytest.fixture
def simon() -> User:
    return a_stranger(name="Simon Stranger")


@pytest.fixture
def own(carla: User) -> DepositAccount:
    return an_account(carla, 100_000)


@pytest.fixture
def other(simon: User) -> DepositAccount:
    return an_account(simon, 50_000)


@pytest.fixture
def web(client: Client, carla: User) -> Client:
    return signed_in(client, carla)


def asked(client: Client, path: str, **values: Any) -> dict[str, Any]:
    """A filled form as the browser sends it."""
    return form_of(client, path) | values


def confirmed(client: Client, path: str, data: dict[str, Any]) -> Any:
    """Both steps: read back, then confirm."""
    assert client.post(path, data).status_code == 200
    return client.post(path, data | {"confirm": "yes"})


def lines(item: DepositAccount) -> int:
    return len(history(item.account_id).rows)


NO_MONEY = (
    "NaN",
    "inf",
    "1e3",
    "１２３",
    "٣",
    "-5",
    "+5",
    "0",
    "-0",
    "0.00",
    "12.345",
    "1_000",
    str(10**20),
    "",
    "  ",
    "1,00.00",
)


@pytest.mark.parametrize("path", PATHS)
def test_what_is_not_money_is_refused_and_kept(
    web: Client, own: DepositAccount, other: DepositAccount, path: str
) -> None:
    data = asked(web, path, account=own.account_id, to=other.account_id, memo="for the rent", confirm="yes")
    for typed in NO_MONEY:
        answer = web.post(path, data | {"amount": typed})
        assert answer.status_code == 422, typed
        assert list(answer.context["form"].errors) == ["amount"], typed
        assert b"for the rent" in answer.content
        assert answer.context["form"]["amount"].value() == typed
    assert (balance(own), balance(other)) == (100_000, 50_000)


@pytest.mark.parametrize(("typed", "minor"), [("1,000.00", 100_000), ("1000", 100_000), (" 0.01 ", 1), ("$5", 500)])
def test_what_people_type_as_money_is_posted(web: Client, own: DepositAccount, typed: str, minor: int) -> None:
    answer = confirmed(web, "/deposit", asked(web, "/deposit", account=own.account_id, amount=typed))
    assert answer.status_code == 302
    assert balance(own) == 100_000 + minor


def test_the_first_step_posts_nothing_and_reads_everything_back(
    web: Client, own: DepositAccount, other: DepositAccount
) -> None:
    data = asked(web, "/transfer", account=own.account_id, to=numbers.grouped(other.account_id), amount="1,234.50")
    data["amount"] = "234.50"
    page = web.post("/transfer", data)
    shown = page.content.decode()
    assert page.status_code == 200
    assert "Si*** S***" in shown and "Simon Stranger" not in shown
    assert "two hundred thirty-four dollars and fifty cents" in shown
    assert "765.50 USD" in shown  # the new balance
    assert data["key"] in shown
    assert balance(own) == 100_000


def test_a_confirmed_transfer_moves_the_money_once_and_leads_to_its_receipt(
    web: Client, own: DepositAccount, other: DepositAccount
) -> None:
    data = asked(web, "/transfer", account=own.account_id, to=other.account_id, amount="250.00", memo="Rent")
    answer = confirmed(web, "/transfer", data)
    assert (balance(own), balance(other)) == (75_000, 75_000)
    receipt = web.get(answer["Location"])
    assert receipt.status_code == 200
    assert "Transfer posted" in receipt.content.decode()


def test_confirming_twice_posts_once_and_says_so(web: Client, own: DepositAccount, other: DepositAccount) -> None:
    data = asked(web, "/transfer", account=own.account_id, to=other.account_id, amount="250.00")
    first = confirmed(web, "/transfer", data)
    second = web.post("/transfer", data | {"confirm": "yes"})
    assert first["Location"] == second["Location"]
    assert (balance(own), lines(own)) == (75_000, 2)
    assert "This was posted before" in web.get(second["Location"]).content.decode()


def test_the_last_money_is_not_refused_the_second_time(web: Client, own: DepositAccount) -> None:
    data = asked(web, "/withdraw", account=own.account_id, amount="1,000.00")
    first = confirmed(web, "/withdraw", data)
    second = web.post("/withdraw", data | {"confirm": "yes"})
    assert second.status_code == 302 and second["Location"] == first["Location"]
    assert balance(own) == 0


@pytest.mark.parametrize(
    ("changed", "field"), [({"amount": "1.00"}, "amount"), ({"memo": "other"}, "memo"), ({"to": "savings"}, "to")]
)
def test_the_same_key_with_another_content_is_refused_at_the_field_that_differs(
    web: Client, carla: User, own: DepositAccount, other: DepositAccount, changed: dict[str, str], field: str
) -> None:
    data = asked(web, "/transfer", account=own.account_id, to=other.account_id, amount="250.00")
    confirmed(web, "/transfer", data)
    if changed.get("to"):
        changed = {"to": an_account(carla, product="savings").account_id}
    answer = web.post("/transfer", data | changed | {"confirm": "yes"})
    assert answer.status_code == 422
    assert "sent before" in str(answer.context["form"].errors[field])
    assert balance(own) == 75_000


def test_each_rendered_form_has_a_key_of_its_own(web: Client, own: DepositAccount) -> None:
    assert form_of(web, "/deposit")["key"] != form_of(web, "/deposit")["key"]


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "bad key with spaces!"])
def test_a_form_without_its_key_is_refused(web: Client, own: DepositAccount, key: str) -> None:
    answer = web.post("/deposit", {"account": own.account_id, "amount": "5", "key": key, "confirm": "yes"})
    assert answer.status_code == 422
    assert balance(own) == 100_000


def test_a_mistyped_number_is_caught_before_anything_is_read(
    web: Client, own: DepositAccount, other: DepositAccount, requests_made: Any
) -> None:
    digits = other.account_id
    swapped = (
        digits[:-3] + digits[-2] + digits[-3] + digits[-1] if digits[-2] != digits[-3] else f"{int(digits) + 1:016d}"
    )
    data = asked(web, "/transfer", account=own.account_id, to=swapped, amount="5")
    requests_made.clear()
    answer = web.post("/transfer", data)
    assert answer.status_code == 422
    assert "mistyped" in str(answer.context["form"].errors["to"])
    asked_for = [str(arguments) for _, arguments in requests_made]
    assert not any(swapped in text for text in asked_for)


def test_an_unknown_account_is_named_at_its_field(web: Client, own: DepositAccount) -> None:
    nobody = numbers.derive("nobody", "1")
    answer = web.post("/transfer", asked(web, "/transfer", account=own.account_id, to=nobody, amount="5"))
    assert answer.status_code == 422
    assert "no account with this number" in str(answer.context["form"].errors["to"])


@pytest.mark.parametrize("path", PATHS)
def test_a_customer_cannot_use_another_ones_account(
    web: Client, own: DepositAccount, other: DepositAccount, path: str
) -> None:
    data = asked(web, path, account=other.account_id, to=own.account_id, amount="5", confirm="yes")
    answer = web.post(path, data)
    assert answer.status_code == 422
    unknown = web.post(path, data | {"account": numbers.derive("nobody", "1")})
    assert answer.context["form"].errors["account"] == unknown.context["form"].errors["account"]
    assert balance(other) == 50_000


def test_transfer_to_the_same_account_is_refused_at_the_recipient(web: Client, own: DepositAccount) -> None:
    answer = web.post("/transfer", asked(web, "/transfer", account=own.account_id, to=own.account_id, amount="5"))
    assert answer.status_code == 422
    assert "two different accounts" in str(answer.context["form"].errors["to"])


def test_more_than_there_is_is_refused_before_the_read_back(web: Client, own: DepositAccount) -> None:
    answer = web.post("/withdraw", asked(web, "/withdraw", account=own.account_id, amount="1,000.01"))
    assert answer.status_code == 422
    assert "1,000.00 USD available" in str(answer.context["form"].errors["amount"])


def test_more_than_the_limit_is_refused_before_the_read_back(simon: User, client: Client) -> None:
    rich, other = an_account(simon, 6_000_000), an_account(simon)
    data = asked(
        signed_in(client, simon), "/transfer", account=rich.account_id, to=other.account_id, amount="50,000.01"
    )
    for step in ({}, {"confirm": "yes"}):
        answer = client.post("/transfer", data | step)
        assert answer.status_code == 422
        assert "You can send at most" in str(answer.context["form"].errors["amount"])


def test_a_frozen_account_is_refused_with_a_message_and_the_values_kept(
    web: Client, own: DepositAccount, other: DepositAccount
) -> None:
    data = asked(web, "/transfer", account=own.account_id, to=other.account_id, amount="7.77")
    freeze_account(account_id=own.account_id, reason="structuring", actor=actor(an_auditor()), now=utcnow())
    for step in ({}, {"confirm": "yes"}):
        answer = web.post("/transfer", data | step)
        assert answer.status_code == 422
        assert "frozen" in str(answer.context["form"].errors["account"])
        assert b'value="7.77"' in answer.content
        assert b"structuring" not in answer.content  # the reason would tip the owner off
    assert balance(own) == 100_000


def test_confirm_validates_what_it_is_sent_and_not_what_was_read_back(
    web: Client, own: DepositAccount, other: DepositAccount
) -> None:
    data = asked(web, "/transfer", account=own.account_id, to=other.account_id, amount="5")
    assert web.post("/transfer", data).status_code == 200
    for tampered in ({"amount": "-5"}, {"account": other.account_id}, {"to": "1234"}, {"memo": "x" * 141}):
        assert web.post("/transfer", data | tampered | {"confirm": "yes"}).status_code == 422
    assert (balance(own), balance(other)) == (100_000, 50_000)


def test_extra_fields_have_no_effect(web: Client, carla: User, own: DepositAccount) -> None:
    extra = {
        "balance": "999999999", "status": "closed", "role": "admin", "branch": "moon", "type": "opening", "currency": "JPY",
        "channel": "wire", "debit": CASH, "credit": CASH, "conductor": "usr_x", "observed": "1", "actor": "usr_boss",
    }  # fmt: skip
    before = fresh(own)
    confirmed(web, "/deposit", asked(web, "/deposit", account=own.account_id, amount="5", **extra))
    after, line = fresh(own), history(own.account_id).rows[0]
    assert (after.status, after.branch, after.currency, after.balance) == ("active", before.branch, "USD", 100_500)
    assert (line.type, line.channel, line.counter, line.conductor_id) == ("deposit", "online", CLEARING, "")
    assert (line.actor_id, line.actor_role, line.observed) == (carla.user_id, "customer", False)


@pytest.mark.parametrize("path", PATHS)
def test_reading_a_form_changes_nothing(web: Client, own: DepositAccount, path: str, requests_made: Any) -> None:
    web.get(path)
    requests_made.clear()
    answer = web.get(path, {"account": own.account_id, "amount": "5", "confirm": "yes", "key": "k" * 20})
    assert answer.status_code == 200
    writes = {"TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"}
    assert not writes & set(requests_made.operations)


def test_change_goes_back_to_the_form_with_everything_kept(
    web: Client, own: DepositAccount, other: DepositAccount
) -> None:
    data = asked(web, "/transfer", account=own.account_id, to=other.account_id, amount="5.00", memo="Rent")
    back = web.post("/transfer", data | {"change": "yes"})
    assert back.status_code == 200
    assert {name: back.context["form"][name].value() for name in data} == data


def test_a_note_is_text_on_every_page(web: Client, own: DepositAccount, other: DepositAccount, simon: User) -> None:
    attack = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    data = asked(web, "/transfer", account=own.account_id, to=other.account_id, amount="5", memo=attack)
    answer = confirmed(web, "/transfer", data)
    pages = [web.get(path).content for path in (answer["Location"], "/dashboard", f"/accounts/{own.account_id}")]
    pages.append(signed_in(Client(), simon).get(answer["Location"]).content)
    for page in pages:
        assert b"<script>alert" not in page and b"<img src=x" not in page
        assert b"&lt;script&gt;alert(1)" in page


def test_a_note_of_hidden_characters_is_refused(web: Client, own: DepositAccount) -> None:
    data = asked(web, "/deposit", account=own.account_id, amount="5", memo="paid \u202etxet")
    assert web.post("/deposit", data).status_code == 422


def test_csrf_guards_every_step(carla: User, own: DepositAccount) -> None:
    strict = signed_in(Client(enforce_csrf_checks=True), carla)
    for path in PATHS:
        assert strict.post(path, {"account": own.account_id, "amount": "5", "confirm": "yes"}).status_code == 403


def test_without_an_account_the_page_leads_to_opening_one(web: Client) -> None:
    assert b"/accounts/open" in web.get("/transfer").content


class TestCounter:
    """What a teller does."""

    @pytest.fixture
    def tom(self) -> User:
        return a_teller()

    @pytest.fixture
    def till(self, client: Client, tom: User) -> Client:
        return signed_in(client, tom)

    def test_a_teller_takes_cash_of_ten_thousand_and_one_cent(
        self, till: Client, tom: User, own: DepositAccount
    ) -> None:
        data = asked(till, "/deposit", account=numbers.grouped(own.account_id), amount="10,000.01")
        page = till.post("/deposit", data)
        assert "Carla Customer" in page.content.decode()  # the counter compares the name with the document
        answer = till.post("/deposit", data | {"confirm": "yes"})
        line = history(own.account_id).rows[0]
        assert (line.amount, line.counter, line.channel, line.actor_id) == (1_000_001, CASH, "branch", tom.user_id)
        assert till.get(answer["Location"]).status_code == 200

    def test_who_acts_for_the_owner_is_on_the_posting(self, till: Client, own: DepositAccount, simon: User) -> None:
        data = asked(till, "/deposit", account=own.account_id, amount="50", conductor=simon.email.upper())
        assert "Simon Stranger" in till.post("/deposit", data).content.decode()
        till.post("/deposit", data | {"confirm": "yes"})
        assert history(own.account_id).rows[0].conductor_id == simon.user_id

    @pytest.mark.parametrize("who", ["nobody@bank.example", "usr_nobody", "teller"])
    def test_only_a_customer_can_act_for_the_owner(
        self, till: Client, tom: User, own: DepositAccount, who: str
    ) -> None:
        who = tom.user_id if who == "teller" else who
        answer = till.post("/deposit", asked(till, "/deposit", account=own.account_id, amount="50", conductor=who))
        assert answer.status_code == 422
        assert "conductor" in answer.context["form"].errors

    def test_a_teller_moves_money_between_any_accounts(
        self, till: Client, own: DepositAccount, other: DepositAccount
    ) -> None:
        data = asked(till, "/transfer", account=own.account_id, to=other.account_id, amount="5")
        assert confirmed(till, "/transfer", data).status_code == 302
        assert balance(other) == 50_500


@pytest.mark.parametrize("path", PATHS)
def test_who_may_not_move_money_is_refused(client: Client, path: str) -> None:
    assert signed_in(client, an_auditor()).get(path).status_code == 403
    assert Client().get(path).status_code == 302


class TestDoubt:
    """Conflicts, lost answers, an engine that is away."""

    @pytest.fixture
    def data(self, web: Client, own: DepositAccount) -> dict[str, Any]:
        return asked(web, "/deposit", account=own.account_id, amount="5", confirm="yes")

    def test_busy_offers_the_same_form_again(
        self, web: Client, data: dict[str, Any], own: DepositAccount, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def busy(*_: Any, **__: Any) -> None:
            raise Busy("Many movements touch this account just now.")

        with monkeypatch.context() as patched:
            patched.setattr(movements, "hand_in", busy)
            page = web.post("/deposit", data)
        assert page.status_code == 503 and page["Retry-After"]
        assert data["key"] in page.content.decode() and "Many movements" in page.content.decode()
        assert web.post("/deposit", data).status_code == 302
        assert balance(own) == 100_500

    def test_a_lost_answer_of_a_posted_movement_leads_to_its_receipt(
        self, web: Client, data: dict[str, Any], own: DepositAccount, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = movements.hand_in

        def posted_then_lost(*, instruction: Any, **kwargs: Any) -> None:
            real(instruction=instruction, **kwargs)
            raise NotKnownYet(instruction.movement_id)

        monkeypatch.setattr(movements, "hand_in", posted_then_lost)
        answer = web.post("/deposit", data)
        assert answer.status_code == 302 and "/receipts/" in answer["Location"]
        assert balance(own) == 100_500

    @pytest.mark.parametrize(
        "error", [NotKnownYet("mov_x"), store.Unavailable("down"), store.OutcomeUnknown("timeout")]
    )
    def test_what_is_not_known_is_not_claimed(
        self, web: Client, data: dict[str, Any], own: DepositAccount, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        def lost(*_: Any, **__: Any) -> None:
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(movements, "hand_in", lost)
            page = web.post("/deposit", data)
        assert page.status_code == 202
        shown = page.content.decode()
        assert "We are checking" in shown and data["key"] in shown
        state = page.context["check_url"]
        assert "Not in the books so far" in web.get(state, headers={"HX-Request": "true"}).content.decode()
        assert web.post("/deposit", data).status_code == 302  # the same key is safe
        assert balance(own) == 100_500

    def test_the_checking_page_finds_the_movement_as_soon_as_it_is_there(
        self, web: Client, data: dict[str, Any]
    ) -> None:
        receipt = web.post("/deposit", data)["Location"]
        found = web.get(f"{receipt}/state", headers={"HX-Request": "true"})
        assert (found.status_code, found["HX-Redirect"]) == (204, receipt)
        assert web.get(f"{receipt}/state")["Location"] == receipt

    def test_an_engine_that_is_away_loses_no_input(
        self, web: Client, data: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_: Any) -> None:
            raise store.Unavailable("down")

        monkeypatch.setattr("accounts.forms.banking.accounts", away)
        page = web.post("/deposit", data)
        assert page.status_code == 503
        assert data["key"] in page.content.decode()


class TestReceipt:
    """Only the parties and staff read it."""

    @pytest.fixture
    def receipt(self, web: Client, own: DepositAccount, other: DepositAccount) -> str:
        data = asked(web, "/transfer", account=own.account_id, to=other.account_id, amount="250.00", memo="Rent")
        return str(confirmed(web, "/transfer", data)["Location"])

    def test_a_stranger_finds_nothing(self, receipt: str) -> None:
        outsider = signed_in(Client(), a_customer(name="Olga Outsider"))
        assert outsider.get(receipt).status_code == 404
        assert outsider.get("/receipts/mov_nothing").status_code == 404
        assert "Not in the books" in outsider.get(f"{receipt}/state").content.decode()

    def test_the_recipient_reads_no_balance_and_no_full_number_of_the_sender(
        self, receipt: str, simon: User, own: DepositAccount
    ) -> None:
        shown = signed_in(Client(), simon).get(receipt).content.decode()
        assert "Transfer received" in shown
        assert "750.00 USD" in shown  # own balance: 500 + 250
        assert "Ca*** C***" in shown and "Carla Customer" not in shown
        assert numbers.grouped(own.account_id) not in shown and own.account_id not in shown

    def test_no_customer_reads_what_screening_thought(self, web: Client, receipt: str) -> None:
        shown = web.get(receipt).content.decode()
        assert "CRITICAL" not in shown and "ALERT" not in shown and "tag-green" not in shown

    def test_staff_read_both_sides_and_who_posted(
        self, receipt: str, own: DepositAccount, other: DepositAccount
    ) -> None:
        shown = signed_in(Client(), an_auditor()).get(receipt).content.decode()
        for text in (numbers.grouped(own.account_id), numbers.grouped(other.account_id), "Simon Stranger", "Posted by"):
            assert text in shown


def test_going_back_and_sending_a_posted_form_again_leads_to_its_receipt(web: Client, own: DepositAccount) -> None:
    data = asked(web, "/withdraw", account=own.account_id, amount="1,000.00")
    receipt = confirmed(web, "/withdraw", data)["Location"]
    again = web.post("/withdraw", data)  # step 1; the money is gone, yet this is no "insufficient funds"
    assert (again.status_code, again["Location"]) == (302, receipt)
    assert balance(own) == 0
