"""The trial balance as a page: it foots, says when it does not, leads on, and leaves as a file."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from accounts.testing import a_teller, an_auditor, signed_in
from accounts.tests.conftest import TwoPeople
from accounts.trial import trial_balance
from accounts.views import trial
from cloudbank.clock import utcnow
from cloudbank.conf import business_date


@pytest.fixture
def reader(two: TwoPeople) -> Client:
    return signed_in(Client(), an_auditor())


def test_debits_and_credits_foot(reader: Client) -> None:
    answer = reader.get("/trial-balance")
    shown = answer.content.decode()
    assert answer.status_code == 200 and shown.count("1,000.00") == 5
    assert "do not foot" not in shown and "Provisional" in shown
    assert "Checking 1,000.00, Savings 0.00, net of what is overdrawn" in shown
    assert f"/movements?day={business_date(utcnow())}" in shown


def test_a_residual_is_said_in_red(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "trial_balance", lambda end: trial_balance({"book_checking": 10, "house_cash": -9}))
    assert "The books do not foot" in reader.get("/trial-balance").content.decode()


def test_a_day_before_the_first_one_is_empty(reader: Client) -> None:
    long_ago = business_date(utcnow()) - timedelta(days=400)
    assert "No books on this day" in reader.get("/trial-balance", {"day": long_ago.isoformat()}).content.decode()


@pytest.mark.parametrize("asked", [{"day": "yesterday"}, {"currency": "XXX"}])
def test_nonsense_in_the_address_is_refused(reader: Client, asked: dict[str, str]) -> None:
    assert reader.get("/trial-balance", asked).status_code == 422


def test_the_file_says_the_day_the_currency_and_whether_it_foots(reader: Client) -> None:
    text = b"".join(reader.get("/trial-balance", {"export": "csv"})).decode()
    assert "Deposits in credit" in text and "1000.00" in text and "Checking 1,000.00" in text
    assert "Foots,yes" in text and f"Currency,{settings.BANK_CURRENCY}" in text
    assert reader.get("/trial-balance", {"export": "xlsx"}).status_code == 200


def test_a_teller_does_not_read_it(two: TwoPeople) -> None:
    assert signed_in(Client(), a_teller()).get("/trial-balance").status_code == 403
