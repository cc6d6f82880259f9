"""The pages of loans, as a borrower, a stranger and the bank's people open them."""

import csv
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.ledger import CASH
from accounts.loans.servicing import as_of
from accounts.models.loans import Loan
from accounts.queries.ledger import history
from accounts.services.loans.fees import charge_loan_fee
from accounts.services.loans.postings import existing
from accounts.services.loans.servicing import caught_up
from accounts.services.posting import post
from accounts.testing import a_customer, a_manager, a_stranger, a_teller, an_analyst, an_auditor, signed_in
from accounts.tests.conftest import an_account, instruct
from accounts.tests.lending import Borrower, applied_for, approve, as_actor, paid_out, request_of
from cloudbank import approvals
from cloudbank.clock import utcnow
from cloudbank.conf import business_date

pytestmark = pytest.mark.usefixtures("bank", "quiet")


def text(answer: Any) -> str:
    """What a reader sees, spaces joined."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def hidden(answer: Any) -> dict[str, str]:
    """The hidden fields of the page's form."""
    found = re.findall(r'<input[^>]*type="hidden"[^>]*>', answer.content.decode())
    pairs = [(re.search(r'name="([^"]*)"', one), re.search(r'value="([^"]*)"', one)) for one in found]
    return {name[1]: value[1] for name, value in pairs if name and value}


def key_of(answer: Any) -> str:
    return hidden(answer)["key"]


@pytest.fixture
def one() -> Borrower:
    """A running loan of 10,000.00, with money in the account."""
    found = paid_out()
    post(instruct("deposit", 100_000, CASH, found.account), now=utcnow())
    return found


def test_a_customer_asks_for_a_loan_after_reading_it_back(client: Client) -> None:
    customer = a_customer()
    account = an_account(customer)
    signed_in(client, customer)
    page = client.get("/loans/apply?offer=auto")
    form = {
        "offer": "auto", "amount": "10,000.00", "instalments": "36", "pays_to": account, "purpose": "a used car",
        "monthly_income": "3,200", "collects": "on", "key": key_of(page),
    }  # fmt: skip
    read_back = client.post("/loans/apply", form)
    assert read_back.status_code == 200
    assert "309.92" in text(read_back)  # 1,000,000 at 7.25 % over 36
    assert client.get("/loans").status_code == 200
    answer = client.post("/loans/apply", hidden(read_back) | form | {"confirm": "yes"})
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    assert "The bank is deciding" in text(page)
    again = client.post("/loans/apply", form | {"confirm": "yes"})
    assert again["Location"] == answer["Location"]


def test_the_instalment_is_shown_while_the_form_is_filled_in(client: Client) -> None:
    signed_in(client, a_customer())
    asked = {"offer": "personal", "amount": "10,000", "instalments": "12"}
    assert "888.02" in text(client.get("/loans/quote", asked))
    assert "between 1,000.00 and 50,000.00" in text(client.get("/loans/quote", asked | {"amount": "60,000"}))
    assert "Enter an amount" in text(client.get("/loans/quote", asked | {"amount": ""}))


def test_a_form_that_is_wrong_keeps_its_values_and_says_what_to_do(client: Client) -> None:
    customer = a_customer()
    account = an_account(customer)
    signed_in(client, customer)
    form = {"offer": "personal", "amount": "99", "instalments": "12", "pays_to": account, "purpose": "x",
            "monthly_income": "1", "key": key_of(client.get("/loans/apply"))}  # fmt: skip
    answer = client.post("/loans/apply", form)
    assert answer.status_code == 422
    assert "between 1,000.00" in text(answer)
    theirs = an_account(a_stranger())
    assert client.post("/loans/apply", form | {"amount": "5,000", "pays_to": theirs}).status_code == 422


def test_without_an_account_the_page_leads_to_one(client: Client) -> None:
    signed_in(client, a_customer())
    assert "Open an account first" in text(client.get("/loans/apply"))


def test_a_loan_is_not_there_for_a_stranger(client: Client, one: Borrower) -> None:
    signed_in(client, a_stranger())
    for path in ("", "/pay", "/disburse", "/withdraw"):
        assert client.get(f"/loans/{one.loan_id}{path}").status_code == 404
        assert client.post(f"/loans/{one.loan_id}{path}").status_code in (404, 405)
    assert client.get("/loan-book").status_code == 403
    assert client.get(f"/loans/{one.loan_id}/restructure").status_code == 403
    assert client.get(f"/approvals/{approvals.concerning('x') or 'apr_x'}").status_code in (403, 404)


def test_the_borrower_takes_the_money_of_an_approved_loan(client: Client) -> None:
    one = applied_for()
    approve(one, request_of(one))
    signed_in(client, one.customer)
    assert "Take the money" in text(client.get(f"/loans/{one.loan_id}"))
    assert client.get(f"/loans/{one.loan_id}/disburse").status_code == 200
    assert client.post(f"/loans/{one.loan_id}/disburse").status_code == 302
    assert client.post(f"/loans/{one.loan_id}/disburse").status_code == 302
    assert (one.cash, one.loan.stage) == (1_000_000, "active")


@pytest.mark.parametrize("tab", ["schedule", "movements", "terms", "history", "nonsense"])
def test_every_tab_opens_for_borrower_and_staff(client: Client, one: Borrower, tab: str) -> None:
    for viewer in (one.customer, a_manager(), an_auditor()):
        signed_in(client, viewer)
        page = client.get(f"/loans/{one.loan_id}?tab={tab}")
        assert page.status_code == 200
        assert "10,000.00" in text(page)


def test_the_history_is_for_staff_only(client: Client, one: Borrower) -> None:
    signed_in(client, one.customer)
    assert "Mary Manager" not in text(client.get(f"/loans/{one.loan_id}?tab=history"))
    assert "History" not in text(client.get(f"/loans/{one.loan_id}"))


def test_a_payment_is_read_back_then_posted_once(client: Client, one: Borrower) -> None:
    signed_in(client, one.customer)
    path = f"/loans/{one.loan_id}/pay"
    page = client.get(path)
    form = {"what": "other", "amount": "250.00", "source": one.account, "key": key_of(page)}
    read_back = client.post(path, form)
    assert "Principal ahead of time" in text(read_back)
    unseen = client.post(path, form | {"confirm": "yes", "seen": "1"})
    assert (unseen.status_code, one.loan.balance) == (200, -1_000_000)
    confirmed = form | {"confirm": "yes", "seen": "25000"}
    for _ in range(2):
        answer = client.post(path, confirmed)
        assert answer["Location"].startswith("/receipts/")
    assert one.loan.balance == -975_000
    receipt = client.get(answer["Location"])
    assert f'href="/loans/{one.loan_id}"' in receipt.content.decode()  # its Done leads back to the loan
    statement = text(client.get(f"/accounts/{one.account}"))
    assert "Loan repayment" in statement
    assert "Loan paid out" in statement


def test_a_loan_is_paid_off_from_its_page(client: Client, one: Borrower) -> None:
    signed_in(client, one.customer)
    path = f"/loans/{one.loan_id}/pay"
    page = client.get(f"{path}?what=payoff")
    form = {"what": "payoff", "amount": "", "source": one.account, "key": key_of(page), "confirm": "yes"}
    payoff = str(one.loan.loan().payoff(one.loan.loan().last_due))
    assert client.post(path, form | {"seen": payoff}).status_code == 302
    assert one.loan.stage == "closed"
    assert client.get(path)["Location"] == f"/loans/{one.loan_id}"
    assert "Closed" in text(client.get("/loans")) or client.get("/loans").status_code == 200


def test_what_the_account_cannot_pay_is_an_error_at_the_amount(client: Client, one: Borrower) -> None:
    post(instruct("withdrawal", one.cash, one.account, CASH), now=utcnow())
    signed_in(client, one.customer)
    path = f"/loans/{one.loan_id}/pay"
    form = {"what": "other", "amount": "10", "source": one.account, "key": key_of(client.get(path))}
    answer = client.post(path, form | {"confirm": "yes", "seen": "1000"})
    assert (answer.status_code, "available" in text(answer)) == (422, True)
    assert client.post(path, form | {"amount": "99,999"}).status_code == 422
    assert client.post(path, form | {"source": an_account(a_stranger())}).status_code == 422


def test_the_counter_takes_cash_for_a_loan(client: Client, one: Borrower) -> None:
    signed_in(client, a_teller())
    path = f"/loans/{one.loan_id}/pay"
    form = {"what": "other", "amount": "100", "source": CASH, "key": key_of(client.get(path))}
    assert client.post(path, form | {"confirm": "yes", "seen": "10000"}).status_code == 302
    assert one.loan.balance == -990_000


def test_the_book_counts_by_state_and_filters_by_arrears(client: Client, one: Borrower) -> None:
    applied_for()
    late = paid_out(now=utcnow() - timedelta(days=80))
    signed_in(client, a_manager())
    page = client.get("/loan-book")
    assert page.status_code == 200
    assert "Active 2" in text(page)
    assert "Applied 1" in text(page)
    found = client.get("/loan-book?state=active&late=31-60")
    assert late.loan_id in found.content.decode()
    assert one.loan_id not in found.content.decode()
    assert client.get("/loan-book?state=applied").status_code == 200
    assert client.get("/loan-book?state=nonsense").status_code == 422
    exported = client.get("/loan-book?export=csv")
    assert "Days past due" in b"".join(exported.streaming_content).decode()  # type: ignore[attr-defined]
    assert client.get("/loans")["Location"] == "/loan-book"


def exported_rows(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/loan-book?export=csv{query}")
    lines = b"".join(answer.streaming_content).decode().lstrip("\ufeff").splitlines()  # type: ignore[attr-defined]
    start = next(place for place, line in enumerate(lines) if line.startswith("Borrower,"))
    return [row for row in csv.DictReader(lines[start:]) if row["Owed in all"]]


def test_what_is_due_and_what_is_owed_foot_in_the_book(client: Client, one: Borrower) -> None:
    late = paid_out(now=utcnow() - timedelta(days=80))
    caught_up(loan_id=late.loan_id, day=business_date(utcnow()), now=utcnow())
    charge_loan_fee(
        loan_id=late.loan_id, amount=2_500, reason="letter", key="f", actor=as_actor(late.manager), now=utcnow()
    )
    signed_in(client, a_manager())
    rows = exported_rows(client)
    assert {row["Fees due"] for row in rows} == {"0.00", "25.00"}
    for row in rows:
        fees, interest, due, not_due, now, principal, owed = (
            Decimal(row[name].replace(",", ""))
            for name in ("Fees due", "Interest due", "Principal due", "Principal not yet due", "Due now",
                         "Principal outstanding", "Owed in all")
        )  # fmt: skip
        assert now == fees + interest + due and principal == due + not_due
        assert owed == principal + interest + fees == now + not_due
    shown = text(client.get("/loan-book"))
    state = as_of(late.loan.loan(), business_date(utcnow()))
    for minor in (state.due_now, state.principal, state.owed):
        assert f"{minor / 100:,.2f}" in shown
        assert minor == state.owed or f"{minor / 100:,.2f}" in text(client.get(f"/loans/{late.loan_id}"))
    assert "25.00 of it fees" in shown and "Owed in all" in shown


def test_the_number_of_a_loan_leads_to_its_page(client: Client, one: Borrower) -> None:
    for viewer in (one.customer, a_teller(), an_auditor()):
        signed_in(client, viewer)
        assert client.get(f"/accounts/{one.loan_id}")["Location"] == f"/loans/{one.loan_id}"
        receipt = f"/receipts/{history(one.loan_id).rows[0].movement_id}"
        for link in re.findall(r'href="(/accounts/\d+)"', client.get(receipt).content.decode()):
            assert client.get(link, follow=True).status_code == 200
    signed_in(client, a_stranger())
    assert client.get(f"/accounts/{one.loan_id}").status_code == 404
    assert client.get(f"/accounts/{one.account}").status_code == 404


def test_remedies_are_asked_for_on_the_loans_page_and_decided_in_the_inbox(client: Client, one: Borrower) -> None:
    signed_in(client, an_analyst())
    path = f"/loans/{one.loan_id}/restructure"
    form = {"rate": "5.00", "instalments": "24", "reason": "lost job", "key": key_of(client.get(path))}
    assert client.post(path, form | {"rate": "99"}).status_code == 422
    assert client.post(path, form).status_code == 302
    page = client.get(f"/loans/{one.loan_id}")
    assert "Waiting for a second person" in text(page)
    manager = a_manager()
    signed_in(client, manager)
    assert "New terms for loan" in text(client.get("/approvals"))
    off = f"/loans/{one.loan_id}/charge-off"
    refused = client.post(off, {"ground": "delinquency", "reason": "r", "key": key_of(client.get(off))})
    assert (refused.status_code, "days past due" in text(refused)) == (422, True)


def test_a_fee_is_charged_by_those_who_may(client: Client, one: Borrower) -> None:
    path = f"/loans/{one.loan_id}/fee"
    signed_in(client, a_teller())
    assert client.get(path).status_code == 403
    signed_in(client, an_analyst())
    form = {"amount": "25.00", "reason": "late payment", "told": "late", "key": key_of(client.get(path))}
    assert "Nothing is posted yet" in text(client.post(path, form))
    assert client.post(path, form | {"confirm": "yes"}).status_code == 302
    assert one.loan.loan().fees == 2_500
    assert "25.00" in text(client.get(f"/loans/{one.loan_id}"))


def test_a_teller_asks_for_a_customer(client: Client) -> None:
    customer = a_customer()
    account = an_account(customer)
    signed_in(client, a_teller())
    path = f"/loans/apply?customer={customer.user_id}"
    page = client.get(path)
    assert customer.name in text(page)
    form = {"offer": "personal", "amount": "2,000", "instalments": "12", "pays_to": account, "purpose": "x",
            "monthly_income": "1,000", "key": key_of(page), "customer": customer.user_id, "confirm": "yes"}  # fmt: skip
    answer = client.post("/loans/apply", form)
    loan: Loan = existing(answer["Location"].rpartition("/")[2])
    assert (loan.owner_id, loan.entered_by != customer.user_id) == (customer.user_id, True)
    assert client.get("/loans/apply").status_code == 302


def test_an_auditor_reads_and_changes_nothing(client: Client, one: Borrower) -> None:
    signed_in(client, an_auditor())
    assert client.get("/loan-book").status_code == 200
    assert "Charge off" not in text(client.get(f"/loans/{one.loan_id}"))
    for path in ("pay", "fee", "restructure", "charge-off", "disburse", "recover"):
        assert client.get(f"/loans/{one.loan_id}/{path}").status_code == 403
    assert client.get(f"/loans/{one.loan_id}/nonsense").status_code == 404
