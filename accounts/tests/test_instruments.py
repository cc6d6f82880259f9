"""Instruments sold for cash: two movements under one form, the register, what the customer reads."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.instruments import Instrument, instrument_of
from accounts.ledger import CASH, INSTRUMENTS, Refused
from accounts.models import DepositAccount, User
from accounts.queries.instruments import sales
from accounts.queries.ledger import history
from accounts.services import instruments
from accounts.services.instruments import sell_instrument
from accounts.services.posting import post
from accounts.services.reversals import reverse_movement
from accounts.services.verification import verify
from accounts.testing import a_customer, a_manager, a_stranger, a_teller, an_officer, signed_in
from accounts.tests.conftest import TwoPeople, instruct, set_by_hand, stored
from accounts.tests.makers import actor, an_account, balance, form_of
from accounts.tests.tampering import other, problems
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.tables import connection

pytestmark = pytest.mark.usefixtures("bank", "quiet")
CHECK = Instrument("cashiers_check", "100234", "Acme GmbH", "Passport C01X00T47")
ASKED = {
    "amount": "3,000.00",
    "instrument": "cashiers_check",
    "serial": "100234",
    "payee": "Acme GmbH",
    "identity": "Passport C01X00T47",
}


@pytest.fixture
def carla() -> User:
    return a_customer()


@pytest.fixture
def own(carla: User) -> DepositAccount:
    return an_account(carla, 10_000)


@pytest.fixture
def web(client: Client) -> Client:
    return signed_in(client, a_teller())


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def asked(web: Client, own: DepositAccount, **values: Any) -> dict[str, Any]:
    return form_of(web, "/instruments/sell") | ASKED | {"account": own.account_id} | values


def sale(account: str, amount: int = 350_000, **more: Any) -> Any:
    return instruct("instrument", amount, account, INSTRUMENTS, **{"details": CHECK.packed()} | more)


def test_cash_goes_through_the_account_and_the_instrument_is_outstanding(web: Client, own: DepositAccount) -> None:
    data = asked(web, own)
    read = text(web.post("/instruments/sell", data))
    for said in ("Cash at the counter", "Cashier&#x27;s check", "100234", "Acme GmbH", "Passport C01X00T47"):
        assert said in read, said
    receipt = web.post("/instruments/sell", data | {"confirm": "yes"}, follow=True)
    assert "100234" in text(receipt) and "Passport" not in text(receipt)
    issued, cash = history(own.account_id, limit=2).rows
    assert (issued.type, issued.counter, issued.amount) == ("instrument", INSTRUMENTS, -300_000)
    assert (cash.type, cash.counter, cash.amount, cash.link) == ("deposit", CASH, 300_000, issued.movement_id)
    assert balance(own) == 10_000
    assert instrument_of(issued.details) == CHECK
    assert not verify("USD", full=True, now=utcnow()).problems
    web.post("/instruments/sell", data | {"confirm": "yes"})
    assert balance(own) == 10_000 and len(history(own.account_id).rows) == 3 and len(register()) == 1


def register(customer: str = "") -> list[Any]:
    today = business_date(utcnow())
    return sales(today - timedelta(days=3), today + timedelta(days=3), customer)


def test_a_crash_in_between_is_finished_by_the_same_form(two: TwoPeople, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for, real = sale(two.mine, key="s-1"), post

    def dies(instruction: Any, **more: Any) -> Any:
        if instruction.type == "instrument":
            raise RuntimeError("killed")
        return real(instruction, **more)

    monkeypatch.setattr(instruments, "post", dies)
    with pytest.raises(RuntimeError):
        sell_instrument(sale=asked_for, now=utcnow())
    assert stored(two.mine).balance == 450_000 and not register()
    monkeypatch.setattr(instruments, "post", real)
    sell_instrument(sale=asked_for, now=utcnow())
    sell_instrument(sale=asked_for, now=utcnow())
    assert stored(two.mine).balance == 100_000 and len(register()) == 1


def test_the_checker_names_an_entry_that_was_edited_slipped_in_or_removed(two: TwoPeople) -> None:
    sell_instrument(sale=sale(two.mine), now=utcnow())
    (entry,) = register()
    raw = entry.serialize()
    for name in sorted(set(raw) - {"transaction_id", "kind"}):
        changed = other(raw[name]) if name != "version" else {"N": "2"}
        connection().dispatch("PutItem", {"TableName": "BankingTransactions", "Item": raw | {name: changed}})
        assert entry.movement_id in "".join(problems()), name
    connection().dispatch("PutItem", {"TableName": "BankingTransactions", "Item": raw})
    assert not problems()
    slipped = raw | {"transaction_id": {"S": "instrument#mov_none"}}
    connection().dispatch("PutItem", {"TableName": "BankingTransactions", "Item": slipped})
    assert "sale instrument#mov_none" in "".join(problems())
    for key in (slipped["transaction_id"], raw["transaction_id"]):
        connection().dispatch("DeleteItem", {"TableName": "BankingTransactions", "Key": {"transaction_id": key}})
    assert "stands in no register" in "".join(problems())


def test_when_the_money_is_gone_in_between_the_teller_reads_where_the_cash_is(two: TwoPeople) -> None:
    set_by_hand(two.mine, held=200_000)  # more than the balance: what comes in stays on hold
    with pytest.raises(Refused, match="The cash was taken in and is on the account; nothing was issued"):
        sell_instrument(sale=sale(two.mine, 150_000), now=utcnow())
    assert stored(two.mine).balance == 250_000 and not register()


def test_the_read_back_refuses_what_the_account_does_not_allow(web: Client, own: DepositAccount) -> None:
    set_by_hand(own.account_id, status="debit_blocked")
    answer = web.post("/instruments/sell", asked(web, own))
    assert answer.status_code == 422 and "blocked for debits" in text(answer)
    assert balance(own) == 10_000


@pytest.mark.parametrize(("amount", "status"), [("10,000.00", 200), ("10,000.01", 422)])
def test_one_instrument_has_a_largest_amount(web: Client, own: DepositAccount, amount: str, status: int) -> None:
    assert web.post("/instruments/sell", asked(web, own, amount=amount)).status_code == status


@pytest.mark.parametrize("field", ["instrument", "serial", "payee", "identity"])
def test_the_record_is_whole_or_nothing_is_sold(web: Client, own: DepositAccount, field: str) -> None:
    answer = web.post("/instruments/sell", asked(web, own, **{field: ""}))
    assert answer.status_code == 422 and field in answer.context["form"].errors
    with pytest.raises(Refused, match="needs its kind"):
        sell_instrument(sale=sale(own.account_id, details=""), now=utcnow())


def test_only_the_counter_sells_and_only_some_read_the_register(web: Client, carla: User) -> None:
    for user, sells, reads in (
        (carla, 403, 403), (a_teller(), 200, 403), (a_manager(), 403, 200), (an_officer(), 403, 200)
    ):  # fmt: skip
        client = signed_in(Client(), user)
        assert (client.get("/instruments/sell").status_code, client.get("/instruments").status_code) == (sells, reads)


def test_the_register_adds_up_days_finds_by_customer_and_says_what_was_taken_back(own: DepositAccount) -> None:
    simon = an_account(a_stranger())
    first = sell_instrument(sale=sale(own.account_id, 150_000), now=utcnow())
    sell_instrument(sale=sale(own.account_id, 150_000), now=utcnow())
    sell_instrument(sale=sale(simon.account_id, 299_999), now=utcnow())
    reverse_movement(movement_id=first.movement_id, reason="Brought back", actor=actor(a_manager()), now=utcnow())
    officer = signed_in(Client(), an_officer())
    page = text(officer.get("/instruments"))
    assert page.count("recorded by law</") == 2 or page.count("recorded by law") >= 2
    assert "2,999.99" in page and "3,000.00" in page and "reversed" in page
    assert "2,999.99" not in text(officer.get("/instruments?logged=on"))
    only = text(officer.get(f"/instruments?customer={simon.owner_id}"))
    assert "2,999.99" in only and "1,500.00" not in only
    assert "100234" not in text(officer.get("/instruments?first=2020-01-01&last=2020-02-01"))
    file = b"".join(officer.get("/instruments?export=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert file.count("100234") == 3 and "Simon Stranger" in file
    assert len(register(own.owner_id or "")) == 2 and len(register()) == 3
