"""What an attacker found on the pages of the books (November 2026), each first red, then mended."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.ledger import SYSTEM, Actor, Refused
from accounts.services.loans.fees import charge_loan_fee
from accounts.services.posting import post
from accounts.services.reversals import reverse_movement
from accounts.testing import a_customer, a_manager, a_teller, signed_in
from accounts.tests.conftest import MANAGER, TwoPeople, an_account, instruct, set_by_hand, stored
from accounts.tests.lending import as_actor, paid_out
from accounts.tests.statement_makers import Row, ofx
from cloudbank import approvals
from cloudbank.clock import utcnow

pytestmark = pytest.mark.usefixtures("bank")


@pytest.fixture
def documents_in(settings: Any, tmp_path: Path) -> Path:
    backend = {"BACKEND": "cloudbank.documents.AtomicFileSystemStorage", "OPTIONS": {"location": str(tmp_path / "d")}}
    settings.STORAGES = settings.STORAGES | {"documents": backend}
    return tmp_path


def test_nobody_makes_money_with_a_statement_file_alone(two: TwoPeople, quiet: None, documents_in: Path) -> None:
    """Whoever brings a file, and whatever they press or send: nothing is posted before another one approves."""
    for bringer in (a_teller(), a_manager()):
        web = signed_in(Client(), bringer)
        file = SimpleUploadedFile("x.ofx", ofx([Row(9_000_000, ref=bringer.user_id)]))
        page = web.post("/statement-files/new", {"format": "auto", "account": two.mine, "file": file})["Location"]
        forged = {"state": "running", "approved_by": "usr_x", "approval": "apr_x", "scope": ""}
        for _ in range(3):
            asked = web.post(f"{page}/confirm", forged)["Location"]
            assert asked.startswith("/approvals/")
        item = approvals.find(asked.rpartition("/")[2])
        assert item is not None
        web.post(asked, {"action": "approve", "note": "", "content_hash": item.content_hash})
        web.post(asked, {"action": "carry_on"})
        web.post(f"{page}/confirm")
        assert stored(two.mine).balance == 100_000, bringer.role


def test_a_fee_on_a_loan_has_a_ceiling() -> None:
    one = paid_out()
    said = {"loan_id": one.loan_id, "reason": "Late", "actor": as_actor(one.analyst), "now": utcnow()}
    with pytest.raises(Refused, match="at most 250.00 USD"):
        charge_loan_fee(amount=25_001, key="big", **said)
    charge_loan_fee(amount=25_000, key="right", **said)
    assert one.loan.loan().fees == 25_000


def test_a_customer_does_not_learn_that_the_other_account_is_frozen(two: TwoPeople, client: Client) -> None:
    set_by_hand(two.theirs, status="frozen")
    key = signed_in(client, two.customer).get("/transfer").context["form"]["key"].value()
    said = {"account": two.mine, "to": two.theirs, "amount": "1", "memo": "", "key": key}
    page = client.post("/transfer", said)
    assert b"cannot take payments now" in page.content
    assert b"frozen" not in page.content.lower().replace(b"icon-frozen", b"")


def test_standing_orders_count_towards_the_daily_limit(two: TwoPeople) -> None:
    two.deposit(20_000_000)
    nightly = Actor("command:close_day", "system", "command")
    for number in range(2):
        asked = instruct("transfer", 5_000_000, two.mine, two.theirs, key=f"so {number}", channel=SYSTEM, actor=nightly)
        post(asked, now=utcnow())
    more = instruct("transfer", 1, two.mine, two.theirs, key="so 3", channel=SYSTEM, actor=nightly)
    with pytest.raises(Refused) as refusal:
        post(more, now=utcnow())
    assert refusal.value.code == "limit_day"


def test_no_part_of_a_payroll_is_reversed_by_itself(two: TwoPeople) -> None:
    made = post(instruct("payroll", 500, two.mine, "house:clearing", link="pay_1"), now=utcnow())
    with pytest.raises(Refused, match="payroll"):
        reverse_movement(movement_id=made.movement_id, reason="r", actor=MANAGER, now=utcnow())


def test_an_id_that_is_too_long_is_not_found(client: Client) -> None:
    customer = signed_in(client, a_customer())
    for path in ("/standing-orders/", "/receipts/", "/loans/", "/accounts/"):
        assert customer.get(path + "x" * 3_000).status_code == 404, path


def test_analytics_show_every_type_of_movement(two: TwoPeople, client: Client) -> None:
    savings = an_account(two.customer, "savings")
    interest = {"channel": SYSTEM, "link": "2026-01"}
    post(instruct("interest", 5, "house:interest_expense", savings, **interest), now=utcnow())
    post(instruct("payroll", 500, two.mine, "house:clearing", link="pay_1"), now=utcnow())
    assert signed_in(client, two.customer).get("/analytics").status_code == 200
    assert signed_in(Client(), a_teller()).get("/analytics").status_code == 200
