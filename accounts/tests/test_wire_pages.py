"""Wires on their pages: the form insists, the read-back says all, the receipt and every list show the fields."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.ledger import CLEARING
from accounts.models import DepositAccount, User
from accounts.queries.ledger import history
from accounts.services.fees import charge_fee
from accounts.services.reversals import reverse_movement
from accounts.testing import a_customer, a_manager, a_teller, an_analyst, signed_in
from accounts.tests.makers import actor, an_account, balance, form_of
from accounts.wires import wire_of
from cloudbank import approvals
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from reporting.statement_queries import entries_of
from reporting.statements import counterparty

pytestmark = pytest.mark.usefixtures("bank", "quiet")
FEE = 2_500
TO = {
    "beneficiary_name": "Acme GmbH",
    "beneficiary_account": "de89 3704 0044 0532 0130 00",
    "institution": "cobadeff xxx",
    "country": "DE",
    "memo": "Invoice 4711",
}


@pytest.fixture
def carla() -> User:
    return a_customer(address="1 Main Street, New York")


@pytest.fixture
def own(carla: User) -> DepositAccount:
    return an_account(carla, 2_000_000)


@pytest.fixture
def web(client: Client, carla: User) -> Client:
    return signed_in(client, carla)


def filled(client: Client, own: DepositAccount, path: str = "/wire", **values: Any) -> dict[str, Any]:
    return form_of(client, path) | {"account": own.account_id, "amount": "3,000.00"} | TO | values


def sent(client: Client, data: dict[str, Any], path: str = "/wire", **more: str) -> Any:
    read = client.post(path, data)
    assert read.status_code == 200, read.context["form"].errors
    return client.post(path, data | {"confirm": "yes"} | more, follow=True)


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_a_customer_sends_a_wire_reads_everything_back_and_keeps_a_receipt(web: Client, own: DepositAccount) -> None:
    data = filled(web, own)
    read = text(web.post("/wire", data))
    for said in ("Acme GmbH", "DE89370400440532013000", "COBADEFFXXX", "Germany", "Invoice 4711", "25.00 USD"):
        assert said in read, said
    assert "16,975.00 USD" in read  # 20,000.00 - 3,000.00 - the fee
    receipt = sent(web, data)
    assert balance(own) == 2_000_000 - 300_000 - FEE
    for said in ("Acme GmbH", "DE89370400440532013000", "COBADEFFXXX", "Germany", "1 Main Street", "By wire"):
        assert said in text(receipt), said
    fee, wire = history(own.account_id, limit=2).rows
    assert (wire.type, wire.channel, wire.counter, wire.amount) == ("wire_out", "wire", CLEARING, -300_000)
    assert (fee.type, fee.amount) == ("fee", -FEE)
    assert wire_of(wire.details).missing() == []


def test_the_same_form_twice_is_one_wire_and_one_fee(web: Client, own: DepositAccount) -> None:
    data = filled(web, own)
    sent(web, data)
    again = web.post("/wire", data | {"confirm": "yes"}, follow=True)
    assert "was posted before" in text(again)
    assert balance(own) == 2_000_000 - 300_000 - FEE


def test_a_fee_that_a_crash_left_out_is_charged_when_the_form_is_sent_again(
    web: Client, own: DepositAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(**_: Any) -> None:
        raise RuntimeError("killed")

    data = filled(web, own)
    monkeypatch.setattr("accounts.services.wires.charge_fee", crash)
    with pytest.raises(RuntimeError):
        sent(web, data)
    assert balance(own) == 2_000_000 - 300_000
    monkeypatch.setattr("accounts.services.wires.charge_fee", charge_fee)
    web.post("/wire", data | {"confirm": "yes"})
    assert balance(own) == 2_000_000 - 300_000 - FEE


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"beneficiary_name": ""}, "beneficiary_name"),
        ({"beneficiary_account": ""}, "beneficiary_account"),
        ({"beneficiary_account": "DE88370400440532013000"}, "beneficiary_account"),
        ({"institution": ""}, "institution"),
        ({"institution": "021000022"}, "institution"),
        ({"country": ""}, "country"),
        ({"country": "ZZ"}, "country"),
        ({"memo": ""}, "memo"),
    ],
)
def test_at_the_threshold_the_page_insists(
    web: Client, own: DepositAccount, change: dict[str, str], field: str
) -> None:
    answer = web.post("/wire", filled(web, own, **change))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_one_cent_below_the_threshold_no_address_and_purpose_are_asked(client: Client) -> None:
    nomad = a_customer(address="")
    account, web = an_account(nomad, 1_000_000), signed_in(client, nomad)
    at = web.post("/wire", filled(web, account))
    assert at.status_code == 422 and "originator_address" in at.context["form"].errors
    assert web.post("/wire", filled(web, account, originator_address="2 Side Street")).status_code == 200
    assert web.post("/wire", filled(web, account, amount="2,999.99", memo="")).status_code == 200


def test_the_fee_must_be_there_too(web: Client, own: DepositAccount) -> None:
    assert web.post("/wire", filled(web, own, amount="19,975.00")).status_code == 200
    over = web.post("/wire", filled(web, own, amount="19,975.01"))
    assert over.status_code == 422 and "With its fee" in text(over)


def test_a_bank_of_another_country_than_the_one_named_is_pointed_out(web: Client, own: DepositAccount) -> None:
    assert "code is of Germany, the country named is France" in text(web.post("/wire", filled(web, own, country="FR")))
    assert "the country named is" not in text(web.post("/wire", filled(web, own)))


def test_a_strangers_account_sends_no_wire(web: Client, own: DepositAccount) -> None:
    theirs = an_account(a_customer(name="Simon Stranger"), 1_000_000)
    assert web.post("/wire", filled(web, own, account=theirs.account_id)).status_code == 422


def test_own_limits_hold_for_wires(web: Client, carla: User) -> None:
    rich = an_account(carla, 90_000_000)
    over = web.post("/wire", filled(web, rich, amount="50,000.01"))
    assert over.status_code == 422 and "at most 50,000.00 USD" in text(over)


def test_a_teller_sends_one_for_a_customer_and_above_the_limit_another_person_approves(
    client: Client, carla: User
) -> None:
    rich, tom, mary = an_account(carla, 90_000_000), a_teller(), a_manager()
    counter = signed_in(client, tom)
    assert "Wire posted" not in text(sent(counter, filled(counter, rich)))
    assert balance(rich) == 90_000_000 - 300_000 - FEE
    asked = sent(counter, filled(counter, rich, amount="50,000.01"), reason="Asked in person, passport seen")
    assert "Beneficiary" in text(asked) and balance(rich) == 90_000_000 - 300_000 - FEE
    request = approvals.concerning(f"movement#{_movement(asked)}")[0]
    approver = signed_in(Client(), mary)
    page = approver.get(f"/approvals/{request.approval_id}")
    assert "Acme GmbH" in text(page) and "Germany" in text(page)
    address = f"/approvals/{request.approval_id}"
    done = approver.post(address, {"action": "approve", "note": "", "content_hash": request.content_hash})
    assert done.status_code in (200, 302)
    assert balance(rich) == 90_000_000 - 300_000 - 5_000_001 - 2 * FEE


def _movement(page: Any) -> str:
    request = approvals.find(page.redirect_chain[-1][0].rpartition("/")[2])
    assert request is not None
    return str(request.about).removeprefix("movement#")


def test_a_manager_may_send_and_book_wires_an_analyst_may_not(client: Client, own: DepositAccount) -> None:
    mary = signed_in(client, a_manager())
    assert mary.get("/wire").status_code == 200
    assert mary.get("/wire/incoming").status_code == 200
    ana = signed_in(Client(), an_analyst())
    assert (ana.get("/wire").status_code, ana.get("/wire/incoming").status_code) == (403, 403)


def test_a_customer_books_no_incoming_wire(web: Client) -> None:
    assert web.get("/wire/incoming").status_code == 403


def test_staff_book_an_incoming_wire_and_read_what_it_lacks(client: Client, own: DepositAccount, carla: User) -> None:
    counter = signed_in(client, a_teller())
    data = form_of(counter, "/wire/incoming") | {
        "account": own.account_id, "amount": "3,000.00", "originator_name": "Acme GmbH", "memo": "Refund",
    }  # fmt: skip
    read = text(counter.post("/wire/incoming", data))
    assert "does not say: originator" in read and "country. Ask the ordering bank" in read
    assert "does not say" not in text(counter.post("/wire/incoming", data | {"amount": "2,999.99"}))
    receipt = sent(counter, data, "/wire/incoming")
    assert balance(own) == 2_300_000
    assert "Acme GmbH" in text(receipt)
    wire = history(own.account_id, limit=1).rows[0]
    assert (wire.type, wire.amount) == ("wire_in", 300_000)
    fields = wire_of(wire.details)
    assert (fields.beneficiary_name, fields.beneficiary_account) == (carla.name, own.account_id)
    assert fields.missing() == ["originator_account", "originator_address", "institution", "country"]


def test_history_and_files_name_the_other_side(web: Client, own: DepositAccount) -> None:
    sent(web, filled(web, own))
    page = text(web.get(f"/accounts/{own.account_id}"))
    assert "Wire to Acme GmbH" in page
    file = web.get(f"/accounts/{own.account_id}?export=csv")
    rows = b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]
    assert "Beneficiary: Acme GmbH" in rows and "Other bank (BIC): COBADEFFXXX" in rows


def test_a_wire_is_reversed_with_two_people_like_a_withdrawal(web: Client, own: DepositAccount) -> None:
    sent(web, filled(web, own))
    wire = history(own.account_id, limit=2).rows[1]
    receipt = reverse_movement(movement_id=wire.movement_id, reason="Came back", actor=actor(a_manager()), now=utcnow())
    assert receipt.lines[0].amount == 300_000 and not receipt.lines[0].details
    assert balance(own) == 2_000_000 - FEE


def test_the_statement_names_the_other_side_and_the_purpose(web: Client, own: DepositAccount) -> None:
    sent(web, filled(web, own))
    today = business_date(utcnow())
    entries = entries_of(own.account_id, today - timedelta(days=3), today + timedelta(days=3))
    wire, fee = entries[-2:]
    assert (counterparty(wire), wire.memo, wire.type) == ("Acme GmbH", "Invoice 4711", "wire_out")
    assert counterparty(fee) == "The bank"
