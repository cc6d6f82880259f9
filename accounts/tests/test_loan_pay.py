"""Paying a loan on its page: what cannot be paid is refused before it is read back, from the loan's own account."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.ledger import CASH
from accounts.parameters import MOVEMENT
from accounts.services.posting import post
from accounts.testing import a_teller, signed_in
from accounts.tests.conftest import an_account, instruct
from accounts.tests.lending import Borrower, paid_out
from cloudbank.clock import utcnow
from cloudbank.parameters import set_value

pytestmark = pytest.mark.usefixtures("bank", "quiet")


def payoff_form(client: Client, one: Borrower, **more: str) -> tuple[str, dict[str, Any]]:
    """The address of the form, and what it sends untouched when the loan is to be paid off."""
    path = f"/loans/{one.loan_id}/pay?what=payoff"
    form = client.get(path).context["form"]
    source = form["source"].value() or form.fields["source"].choices[0][0]
    return path, {"what": "payoff", "amount": "", "source": source, "key": form["key"].value()} | more


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_a_payoff_that_the_account_cannot_pay_is_refused_before_it_is_read_back(client: Client) -> None:
    one = paid_out()
    post(instruct("withdrawal", 1, one.account, CASH), now=utcnow())
    signed_in(client, one.customer)
    path, form = payoff_form(client, one)
    answer = client.post(path, form)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["source"])
    assert "9,999.99 USD available" in text(answer)
    post(instruct("deposit", 1, CASH, one.account), now=utcnow())
    assert "the loan is repaid" in text(client.post(path, form))


def test_a_payoff_over_the_owners_limit_is_refused_before_it_is_read_back(client: Client) -> None:
    one = paid_out()
    actor, now = one.actor(), utcnow()
    set_value(code=MOVEMENT.code, value=900_000, effective_from=now.date(), actor=actor, now=now, reason="test")
    signed_in(client, one.customer)
    path, form = payoff_form(client, one)
    answer = client.post(path, form)
    assert answer.status_code == 422 and "at most 9,000.00 USD a movement" in text(answer)
    signed_in(client, a_teller())
    assert client.post(path, form).status_code == 200  # the counter may


def test_the_account_of_the_loan_is_offered_first_and_no_other_currency(client: Client) -> None:
    one = paid_out()
    others = [an_account(one.customer) for number in range(4)]
    signed_in(client, one.customer)
    _, form = payoff_form(client, one)
    assert form["source"] == one.account and len(others) == 4
    choices = client.get(f"/loans/{one.loan_id}/pay").context["form"].fields["source"].choices
    assert {number for number, _ in choices} == {one.account, *others}
    signed_in(client, a_teller())
    counter = client.get(f"/loans/{one.loan_id}/pay").context["form"].fields["source"].choices
    assert [number for number, _ in counter][:2] == [CASH, one.account]


def test_who_goes_back_after_paying_gets_the_receipt(client: Client) -> None:
    one = paid_out()
    signed_in(client, one.customer)
    path, form = payoff_form(client, one, what="other", amount="100")
    paid = client.post(path, form | {"confirm": "yes", "seen": "10000"})
    assert client.post(path, form)["Location"] == paid["Location"]
