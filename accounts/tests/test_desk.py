"""At the money forms: who is told what of identity, states, names and numbers."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import DepositAccount, User
from accounts.services.deposits import freeze_account
from accounts.testing import a_customer, a_manager, a_teller, an_analyst, signed_in
from accounts.tests.conftest import set_by_hand
from accounts.tests.makers import actor, an_account, form_of
from cloudbank.clock import utcnow

pytestmark = pytest.mark.usefixtures("bank", "quiet")
NOT_YET = "Identity not verified"


@pytest.fixture
def carla() -> User:
    return a_customer()


@pytest.fixture
def own(carla: User) -> DepositAccount:
    return an_account(carla, 100_000)


@pytest.fixture
def web(carla: User) -> Client:
    return signed_in(Client(), carla)


@pytest.fixture
def desk() -> Client:
    return signed_in(Client(), a_teller())


def shown(client: Client, path: str, **query: str) -> str:
    return client.get(path, query).content.decode()


def read_back(client: Client, path: str, **values: Any) -> str:
    return client.post(path, form_of(client, path) | values).content.decode()


class TestIdentity:
    """Who pays out cash knows whose identity nobody has verified."""

    @pytest.fixture
    def nina(self) -> User:
        return a_customer(name="Nina New", kyc_status="pending")

    def test_the_read_back_at_the_counter_says_it(self, desk: Client, nina: User, own: DepositAccount) -> None:
        hers = an_account(nina, 50_000)
        assert NOT_YET in read_back(desk, "/withdraw", account=hers.account_id, amount="5.00")
        assert NOT_YET not in read_back(desk, "/withdraw", account=own.account_id, amount="5.00")

    def test_also_of_who_brings_the_cash(self, desk: Client, nina: User, own: DepositAccount) -> None:
        page = read_back(desk, "/deposit", account=own.account_id, amount="5.00", conductor=nina.user_id)
        assert NOT_YET in page and "Their identity" in page

    def test_the_line_below_the_typed_number_says_it(self, desk: Client, nina: User) -> None:
        assert NOT_YET in shown(desk, "/transfer/recipient", account=an_account(nina).account_id)

    def test_the_approval_of_large_cash_says_it(self, desk: Client, nina: User) -> None:
        hers = an_account(nina, 5_000_000)
        data = form_of(desk, "/withdraw") | {"account": hers.account_id, "amount": "30,000.00", "confirm": "yes"}
        asked = desk.post("/withdraw", data | {"reason": "A house is bought.", "conductor": nina.user_id})
        page = shown(signed_in(Client(), a_manager()), asked["Location"])
        assert page.count(NOT_YET.replace("Identity", "identity")) == 2, "of the owner, and of who brings it"

    def test_a_customer_does_not_read_it_of_others(self, web: Client, nina: User, own: DepositAccount) -> None:
        hers = an_account(nina)
        assert NOT_YET not in shown(web, "/transfer/recipient", to=hers.account_id)
        assert NOT_YET not in read_back(web, "/transfer", account=own.account_id, to=hers.account_id, amount="1")


def options(page: str) -> dict[str, bool]:
    """The numbers of the form's select -> whether they may be taken."""
    found = re.findall(r'<option value="(\d{16})"([^>]*)>', page.split('id="own-accounts"')[0])
    return {number: "disabled" not in attributes for number, attributes in found}


class TestStates:
    """What cannot be used is not offered as if it could."""

    def frozen(self, item: DepositAccount) -> None:
        freeze_account(account_id=item.account_id, reason="Suspicion", actor=actor(an_analyst()), now=utcnow())

    def test_a_frozen_account_is_shown_with_the_reason_and_cannot_be_taken(
        self, web: Client, carla: User, own: DepositAccount
    ) -> None:
        other = an_account(carla)
        self.frozen(own)
        for path in ("/withdraw", "/transfer", "/deposit"):
            page = shown(web, path, account=own.account_id)
            assert options(page) == {own.account_id: False, other.account_id: True}, path
            assert "frozen</option>" in page
        assert own.account_id not in shown(web, "/transfer").split('id="own-accounts"')[1].split("</datalist>")[0]

    def test_who_may_only_receive_is_offered_for_deposits_alone(
        self, web: Client, carla: User, own: DepositAccount
    ) -> None:
        other = an_account(carla)
        set_by_hand(own.account_id, status="debit_blocked")
        assert options(shown(web, "/deposit"))[own.account_id]
        page = shown(web, "/withdraw")
        assert options(page) == {other.account_id: True, own.account_id: False}
        assert "blocked for debits" in page

    def test_a_closed_one_is_gone(self, web: Client, carla: User, own: DepositAccount) -> None:
        other = an_account(carla)
        set_by_hand(other.account_id, status="closed")
        assert options(shown(web, "/withdraw")) == {own.account_id: True}

    def test_without_any_usable_account_the_page_says_why(self, web: Client, own: DepositAccount) -> None:
        self.frozen(own)
        page = shown(web, "/withdraw")
        assert "None of your accounts can be used" in page and "frozen" in page and "<select" not in page


def test_a_mistyped_number_is_said_once_at_its_field(web: Client, own: DepositAccount) -> None:
    page = read_back(web, "/transfer", account=own.account_id, to="1234", amount="5")
    assert len(re.findall("invalid-feedback", page)) == 1
    assert "delay:500ms, load" not in page, "the line below would say it a second time"
    well_typed = read_back(web, "/transfer", account=own.account_id, to=own.account_id, amount="")
    assert "delay:500ms, load" in well_typed


def test_only_a_transfer_has_another_party_to_read_the_note(web: Client, own: DepositAccount) -> None:
    said = {path: "other party" in shown(web, path) for path in ("/deposit", "/withdraw", "/transfer")}
    assert said == {"/deposit": False, "/withdraw": False, "/transfer": True}


class TestFinding:
    """A customer says a name, not a number."""

    @pytest.mark.parametrize("typed", ["carla cu", "CARLA", "{email}"])
    def test_by_name_and_by_address(self, desk: Client, carla: User, own: DepositAccount, typed: str) -> None:
        page = shown(desk, "/withdraw", find=typed.format(email=carla.email))
        assert carla.name in page and f"?account={own.account_id}" in page
        assert f'value="{own.account_id}"' in shown(desk, "/withdraw", account=own.account_id)

    def test_both_ends_of_a_transfer_can_be_found_one_after_the_other(self, desk: Client, own: DepositAccount) -> None:
        theirs = an_account(a_customer(name="Simon Stranger"))
        page = shown(desk, "/transfer", find="simon", account=own.account_id)
        assert f"?account={own.account_id}&amp;to={theirs.account_id}" in page

    def test_what_cannot_be_used_has_no_link(self, desk: Client, carla: User, own: DepositAccount) -> None:
        set_by_hand(own.account_id, status="debit_blocked")
        page = shown(desk, "/withdraw", find="carla")
        assert f"?account={own.account_id}" not in page and "cannot be used for this" in page
        assert f"?account={own.account_id}" in shown(desk, "/deposit", find="carla")

    def test_nobody_and_too_little(self, desk: Client, own: DepositAccount) -> None:
        assert "No customer's name begins" in shown(desk, "/deposit", find="zz")
        assert "at least two letters" in shown(desk, "/deposit", find="c")

    @pytest.mark.parametrize(
        ("told", "said"),
        [
            ("1985-04-09", "Date of birth agrees"),
            ("1985-04-10", "Date of birth differs"),
            ("9 April", "Write the date of birth as 1990-02-03."),
            ("", "compared with what is on record"),
        ],
    )
    def test_a_date_of_birth_is_compared_with_what_is_told_and_never_shown(
        self, desk: Client, told: str, said: str
    ) -> None:
        a_customer(name="Dora Day", date_of_birth="1985-04-09")
        page = shown(desk, "/deposit", find="dora", born=told)
        assert "born 1985" in page and said in page
        record = page.partition('id="desk-found"')[2]
        assert "1985-04-09" not in record and "Apr 1985" not in record
        assert ("agrees" in record, "differs" in record) == (said.endswith("agrees"), said.endswith("differs"))

    def test_customers_find_nobody(self, web: Client, own: DepositAccount) -> None:
        page = shown(web, "/withdraw", find="carla")
        assert "desk-find" not in page and "desk-customer" not in page

    def test_staff_are_no_customers(self, desk: Client) -> None:
        assert "desk-customer" not in shown(desk, "/deposit", find="tom")
