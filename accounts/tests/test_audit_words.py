"""Audit records read in words and amounts: no minor units, no codes, from what to what."""

from typing import Any

import pytest
from django.test import Client

from accounts.audit_actions import ACTIONS
from accounts.audit_words import action_name, changes, said, sentence
from accounts.ledger import CASH
from accounts.queries.audit_words import told
from accounts.services.deposits import freeze_account
from accounts.services.holds import place_hold
from accounts.services.loans.fees import charge_loan_fee
from accounts.services.posting import post
from accounts.testing import a_customer, a_manager, a_teller, an_auditor, signed_in
from accounts.tests.conftest import instruct
from accounts.tests.lending import as_actor, paid_out
from accounts.tests.makers import actor, an_account
from accounts.tests.test_over_limit import handed_in, set_limit, transfer
from cloudbank.audit import AuditRecord
from cloudbank.clock import utcnow

needs_bank = pytest.mark.usefixtures("bank", "quiet")


@pytest.mark.parametrize(
    ("field", "value", "currency", "shown"),
    [
        ("amount", 123_450, "USD", "1,234.50 USD"),
        ("amount", 123_450, "JPY", "123,450 JPY"),
        ("fees_paid", 1_500, "KWD", "1.500 KWD"),
        ("rows", 1_500, "USD", "1,500"),
        ("rate", 1_190, "USD", "11.90 %"),
        ("limit", "look_up", "USD", "look_up"),
        ("status", "debit_blocked", "USD", "Debit blocked"),
        ("role", "compliance", "USD", "Compliance officer"),
        ("channel", "ach", "USD", "ACH"),
        ("due_on", "2026-03-12", "USD", "12 Mar 2026"),
        ("starts", "2026-13-41", "USD", "2026-13-41"),
        ("account", "4000000000000002", "USD", "4000 0000 0000 0002"),
        ("disabled", True, "USD", "yes"),
        ("disabled", False, "USD", "no"),
        ("memo", "", "USD", "\N{EM DASH}"),
        ("terms", 0, "USD", "\N{EM DASH}"),
        ("terms", [1_000_000, 600, 12, "2026-01-31"], "USD", "10,000.00 USD at 6.00 %, 12 instalments from 31 Jan 2026"),
        ("terms", [1_000_000, 600, 12, None], "USD", "10,000.00 USD at 6.00 %, 12 instalments"),
        ("demands", [["2026-02-28", 500, 8_000, 0], ["2026-03-31", 1, 2, 3]], "USD",
         "2 (85.06 USD, the oldest due on 28 Feb 2026)"),
        ("seal", "a" * 64, "USD", "aaaaaaaa\N{HORIZONTAL ELLIPSIS}aaaaaaaa"),
        ("content", {"amount": 5, "currency": "JPY", "key": "k", "memo": ""}, "USD", "amount 5 JPY; currency JPY"),
    ],
)  # fmt: skip
def test_a_value_is_said_in_words(field: str, value: Any, currency: str, shown: str) -> None:
    assert said(field, value, currency, {}) == shown


def test_a_change_says_from_what_to_what() -> None:
    told_ = changes({"principal": 1_000, "stage": "active"}, {"principal": 0, "stage": "closed"}, "USD", {})
    assert [sentence(one) for one in told_] == [
        "principal outstanding 10.00 USD \N{RIGHTWARDS ARROW} 0.00 USD", "stage Active \N{RIGHTWARDS ARROW} Closed",
    ]  # fmt: skip
    assert [sentence(one) for one in changes({}, {"amount": 5, "currency": "JPY"}, "USD", {})] == [
        "amount 5 JPY", "currency JPY",
    ]  # fmt: skip
    assert action_name("charge_fee") == "Fee charged" and action_name("new_thing") == "New thing"
    assert all(text[0].isupper() and "_" not in text for text in ACTIONS.values())


def test_what_reads_the_same_before_and_after_is_left_out() -> None:
    due = ["2026-02-28", 500, 8_000, 0]
    assert changes({"demands": [due]}, {"demands": [[*due, 1]], "fees": 5}, "USD", {})[0][0] == "fees owed"
    (gone,) = changes({"demands": [due]}, {"demands": []}, "USD", {})
    assert sentence(gone).endswith("none")


def everything(subject: str) -> list[str]:
    records = [one for one in AuditRecord.by_subject.query(subject) if isinstance(one, AuditRecord)]
    return [f"{one.what}: {'; '.join(map(sentence, one.changes))}" for one in told(records)]


@needs_bank
def test_amounts_are_in_the_currency_of_what_was_changed() -> None:
    mary, carla = a_manager(), a_customer()
    yen = an_account(carla, 50_000, currency="JPY")
    made = place_hold(account_id=yen.account_id, amount=12_345, reason="x", key="k", actor=actor(mary), now=utcnow())
    assert "amount 12,345 JPY" in everything(f"hold#{made.transaction_id}")[0]


@needs_bank
def test_a_parameter_says_its_value_and_from_when() -> None:
    set_limit("limit.teller_cash", 3_000_000)
    (line,) = everything("setting#setting#limit.teller_cash")
    assert line.startswith("Parameter set: value 25,000.00 USD \N{RIGHTWARDS ARROW} 30,000.00 USD from ")


@needs_bank
def test_a_request_names_its_kind_its_people_and_its_amount() -> None:
    tom, own = a_teller(), an_account(a_customer(), 10_000_000)
    asked = handed_in(transfer(tom, own, an_account(a_customer())))
    (line,) = everything(f"approval#{asked.approval_id}")  # type: ignore[union-attr]
    assert "code Transfer over the teller" in line and "amount 50,000.01 USD" in line and "5000001" not in line
    (told_,) = told(list(AuditRecord.by_subject.query(f"approval#{asked.approval_id}")))  # type: ignore[union-attr]
    assert (told_.who, told_.what) == ("Tom Teller", "Asked")


@needs_bank
def test_the_pages_show_neither_codes_nor_minor_units(client: Client) -> None:
    one = paid_out()
    charge_loan_fee(
        loan_id=one.loan_id, amount=2_500, reason="letter", key="f", actor=as_actor(one.manager), now=utcnow()
    )
    freeze_account(account_id=one.account, reason="theft", actor=as_actor(one.manager), now=utcnow())
    post(instruct("deposit", 1, CASH, an_account(a_customer()).account_id), now=utcnow())
    page = signed_in(client, an_auditor()).get("/compliance/audit?size=100").content.decode()
    for shown in ("Account frozen", "Active \N{RIGHTWARDS ARROW} Frozen", "Fee charged", "25.00 USD", "Loan paid out"):
        assert shown in page, shown
    for raw in ("1000000", "charge_fee", "kyc_status", "&quot;", ">2500<", "1,000,000 "):
        assert raw not in page, raw
    history = client.get(f"/loans/{one.loan_id}?tab=history").content.decode()
    assert "fees owed 0.00 USD \N{RIGHTWARDS ARROW} 25.00 USD" in history
    assert "principal outstanding 0.00 USD \N{RIGHTWARDS ARROW} 10,000.00 USD" in history
