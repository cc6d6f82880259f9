"""Parameters that are money mean whole units of any currency: the yen has no decimals, the dinar three."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.fee_schedule import schedule
from accounts.ledger import Refused
from accounts.loans.products import PRODUCTS
from accounts.models.loans import Loan
from accounts.parameters import LOAN_FEES_MOST, MOVEMENT
from accounts.services.counter import OVER_CASH
from accounts.services.loans.applications import Application, apply_for_loan, quote
from accounts.services.loans.fees import charge_late_fees, charge_loan_fee, most_fees
from accounts.services.loans.servicing import caught_up
from accounts.services.posting import Receipt
from accounts.testing import a_customer, an_analyst, signed_in
from accounts.tests.lending import Borrower, as_actor, paid_out, today
from accounts.tests.makers import an_account
from accounts.tests.test_over_limit import set_limit
from cloudbank import parameters
from cloudbank.clock import ONE_DAY, utcnow

pytestmark = pytest.mark.usefixtures("bank", "quiet")
SIZES = [("USD", 100_000, 5_000_000), ("JPY", 1_000, 50_000), ("KWD", 1_000_000, 50_000_000)]


@pytest.mark.parametrize(("currency", "least", "most"), SIZES)
def test_a_loan_is_as_large_in_every_currency(currency: str, least: int, most: int) -> None:
    for amount in (least, most):
        assert quote("personal", amount, 12, currency, utcnow()).principal == amount
    for amount in (least - 1, most + 1):
        with pytest.raises(Refused, match=r"between 1,000[.0]* and 50,000[.0]* " + currency):
            quote("personal", amount, 12, currency, utcnow())


@pytest.mark.parametrize(("currency", "least"), [(currency, least) for currency, least, _ in SIZES])
def test_a_loan_is_asked_for_in_the_currency_of_its_account(currency: str, least: int) -> None:
    customer = a_customer()
    asked = Application("personal", least, 12, "x", 100, an_account(customer, currency=currency).account_id, False)
    who: dict[str, Any] = {"owner": customer, "actor": as_actor(customer), "name": customer.name, "now": utcnow()}
    loan = apply_for_loan(application=asked, key="k1", **who)
    assert isinstance(loan, Loan) and (loan.currency, loan.loan().terms.principal) == (currency, least)


def test_the_bounds_are_the_banks_to_change_and_shown_where_loans_are_offered(client: Client) -> None:
    set_limit(PRODUCTS["personal"].amount_parameters[1], 1_234_500)
    with pytest.raises(Refused, match="between 1,000.00 and 12,345.00 USD"):
        quote("personal", 1_234_501, 12, "USD", utcnow())
    page = signed_in(client, a_customer()).get("/loans").content.decode()
    assert "1,000.00 to 12,345.00 USD" in page and "50,000.00" not in re.sub("Auto.*", "", page, flags=re.S)


def test_the_page_offers_only_accounts_in_the_currency_that_it_asks_in(client: Client) -> None:
    customer = a_customer()
    dollars, yen = an_account(customer), an_account(customer, currency="JPY")
    form = signed_in(client, customer).get("/loans/apply").context["form"]
    offered = [number for number, _ in form.fields["pays_to"].choices]
    assert offered == [dollars.account_id] and yen.account_id not in offered


def test_money_is_read_in_a_currency_and_in_no_other_way() -> None:
    values = parameters.snapshot(utcnow())
    assert [values.money(MOVEMENT.code, one) for one in ("USD", "JPY", "KWD")] == [5_000_000, 50_000, 50_000_000]
    assert [OVER_CASH.most(one, utcnow()) for one in ("USD", "JPY", "KWD")] == [2_500_000, 25_000, 25_000_000]
    with pytest.raises(ValueError, match="is money"):
        values.number(MOVEMENT.code)
    money = [one.code for one in parameters.declared() if one.kind == "money"]
    assert len(money) > 20 and all(values.money(code, "JPY") == values.money(code, "USD") // 100 for code in money)


def test_the_fee_schedule_is_in_the_accounts_currency() -> None:
    fees = {}
    for currency in ("USD", "JPY", "KWD"):
        fees[currency] = {code: amount for code, _, amount in schedule(currency, utcnow())}
    assert [fees[one]["wire_out"] for one in fees] == [2_500, 25, 25_000]


# What one loan bears in fees.
def charge(one: Borrower, amount: int, key: str) -> Receipt:
    return charge_loan_fee(
        loan_id=one.loan_id, amount=amount, reason="r", key=key, actor=as_actor(one.analyst), now=utcnow()
    )


def test_a_loan_bears_no_more_fees_than_the_bank_allows_in_all(client: Client) -> None:
    one = paid_out()
    set_limit(LOAN_FEES_MOST.code, 40_000)
    charge(one, 25_000, "a")
    first = charge(one, 15_000, "b")
    assert charge(one, 15_000, "b").movement_id == first.movement_id, "the same form is one fee, at the bound too"
    with pytest.raises(Refused, match=r"at most 400.00 USD in fees; this one may be charged nothing more"):
        charge(one, 1, "c")
    path = f"/loans/{one.loan_id}/fee"
    form = signed_in(client, an_analyst()).get(path).context["form"]
    asked = {"amount": "1", "reason": "x", "told": "service", "key": form["key"].value()}
    assert "at most 400.00 USD in fees" in client.post(path, asked).content.decode()
    assert one.loan.loan().fees == 40_000


def test_late_fees_stop_at_the_bound_as_well() -> None:
    now = utcnow() - 200 * ONE_DAY
    one = paid_out(now=now)
    assert most_fees("USD", utcnow()) == 100_000
    set_limit(LOAN_FEES_MOST.code, 5_000)

    caught_up(loan_id=one.loan_id, day=today(), now=utcnow())
    charged = charge_late_fees(loan_id=one.loan_id, day=today(), now=utcnow())
    assert charged == 2 and one.loan.loan().fees == 5_000
