"""A customer's own statements, and staff's of any account; to a stranger other people's accounts are not there."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import Posting, User
from accounts.services.posting import post
from accounts.services.savings import interest_payment
from accounts.testing import a_customer, a_manager, a_stranger, a_teller, an_auditor, an_officer, signed_in
from accounts.tests.conftest import stored
from accounts.tests.lending import paid_out
from accounts.tests.makers import actor, an_account
from cloudbank.audit import AuditRecord
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from reporting.models import StatementTaken
from reporting.tests.reading import flat, pdf_pages, workbook


@pytest.fixture
def owner(bank: Any) -> User:
    """A customer with one account."""
    return a_customer()


@pytest.fixture
def account(owner: User) -> str:
    """The customer's account with 1,234.56 paid in."""
    return str(an_account(owner, 123_456).account_id)


@pytest.fixture
def carla(owner: User, account: str, client: Client) -> Client:
    """The customer, signed in."""
    return signed_in(client, owner)


def span() -> dict[str, str]:
    """The current month up to today."""
    today = business_date(utcnow())
    return {"first": today.replace(day=1).isoformat(), "last": today.isoformat()}


def path(account: str, **days: str) -> str:
    """The address of a statement."""
    chosen = span() | days
    return f"/statements/{account}?first={chosen['first']}&last={chosen['last']}"


def test_reports_page_of_a_customer_offers_own_accounts_and_sums_the_quarter(carla: Client, account: str) -> None:
    text = carla.get("/reports").content.decode()
    assert "Statements" in text
    assert f'value="{account}"' in text
    assert "1,234.56" in text
    assert "Quarterly report" not in text


def test_chosen_month_leads_to_its_statement(carla: Client, account: str) -> None:
    month = f"{business_date(utcnow()):%Y-%m}"
    answer = carla.get("/statements", {"account": account, "period": month})
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"/statements/{account}?first={month}-01&last={month}-")


def test_chosen_quarter_and_own_days_lead_to_their_statement(carla: Client, account: str) -> None:
    days = {"account": account, "first": "2026-01-05", "last": "2026-02-06"}
    assert carla.get("/statements", days)["Location"] == path(account, first="2026-01-05", last="2026-02-06")
    token = next(c for c, _ in carla.get("/reports").context["form"].fields["period"].choices if "Q" in c)
    assert carla.get("/statements", {"account": account, "period": token}).status_code == 302


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ({"first": "2026-02-06", "last": "2026-01-05"}, "The first day is after the last one."),
        ({"first": "2026-02-06"}, "Give both the first and the last day."),
        ({"first": "2099-01-01", "last": "2099-01-31"}, "The period has not begun."),
        ({"first": "2020-01-01", "last": "2026-01-31"}, "A statement covers at most 370 days."),
        ({}, "Choose a month or quarter"),
    ],
)
def test_period_that_makes_no_sense_is_said_at_the_form(
    carla: Client, account: str, days: dict[str, str], sentence: str
) -> None:
    answer = carla.get("/statements", {"account": account, **days})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_statement_shows_opening_lines_and_closing(carla: Client, account: str) -> None:
    context = carla.get(path(account)).context
    assert (context["opening"], context["money_in"], context["money_out"], context["closing"]) == (
        0,
        123_456,
        0,
        123_456,
    )
    assert [(row[1], row[4], row[5]) for row in context["lines"]] == [("Deposit, Counter", 123_456, 123_456)]
    assert isinstance(context["lines"][0][0], date)


def test_statement_of_days_before_the_account_is_empty_and_zero(carla: Client, account: str) -> None:
    answer = carla.get(path(account, first="2020-01-01", last="2020-01-31"))
    assert (answer.context["opening"], answer.context["closing"]) == (0, 0)
    assert "Nothing moved in these days" in answer.content.decode()


def test_three_files_of_a_statement_agree(carla: Client, account: str) -> None:
    files = {code: carla.post(f"/statements/{account}/{code}", span()) for code in ("pdf", "csv", "xlsx")}
    assert {answer.status_code for answer in files.values()} == {200}
    assert "Deposit, Counter Cash n/a" not in flat(" ".join(pdf_pages(files["pdf"].content)))
    assert "1,234.56 1,234.56" in flat(" ".join(pdf_pages(files["pdf"].content)))
    assert workbook(files["xlsx"].content)["Transactions"]["E5"].value == 1234.56
    assert ",1234.56,1234.56" in files["csv"].content.decode()
    name = files["pdf"]["Content-Disposition"]
    assert name.startswith('attachment; filename="statement-')
    assert account not in name


def taken_of(owner: User) -> list[str]:
    """The subjects of what was taken of a customer's accounts."""
    found = StatementTaken.by_subject.query(f"customer#{owner.user_id}")
    return [f"statement_taken#{one.transaction_id}" for one in found if isinstance(one, StatementTaken)]


def test_taking_a_statement_is_audited(carla: Client, owner: User, account: str) -> None:
    carla.post(f"/statements/{account}/pdf", span())
    (taken,) = [
        item
        for item in StatementTaken.by_subject.query(f"customer#{owner.user_id}")
        if isinstance(item, StatementTaken)
    ]
    assert (taken.of_account, taken.format, len(taken.sha256)) == (account, "pdf", 64)
    (entry,) = AuditRecord.by_subject.query(f"statement_taken#{taken.transaction_id}")
    assert isinstance(entry, AuditRecord)
    assert (entry.action, entry.actor_id) == ("take_statement", owner.user_id)


def test_other_peoples_accounts_are_not_there(carla: Client, account: str) -> None:
    theirs = str(an_account(a_stranger(), 500).account_id)
    for number in (theirs, "1234567890123456", "x"):
        assert carla.get(path(number)).status_code == 404
        assert carla.post(f"/statements/{number}/pdf", span()).status_code == 404
    assert carla.get("/statements", {"account": theirs, "period": "2026-01"}).status_code == 422


@pytest.mark.parametrize("make", [a_teller, a_manager, an_officer])
def test_staff_who_serve_customers_hand_out_the_statement_of_any_account(
    carla: Client, owner: User, account: str, make: Callable[[], User]
) -> None:
    clerk = make()
    staff = signed_in(Client(), clerk)
    link = staff.get(f"/accounts/{account}").context["statement_url"]
    page = staff.get(link, follow=True)
    assert page.context["closing"] == 123_456
    assert f'action="/statements/{account}/pdf"' in page.content.decode()
    for code in ("pdf", "csv", "xlsx"):
        assert staff.post(f"/statements/{account}/{code}", span()).status_code == 200
    takers = [entry.actor_id for one in taken_of(owner) for entry in AuditRecord.by_subject.query(one)]
    assert takers == [clerk.user_id] * 3


def test_staff_do_not_copy_the_bank_statement_by_statement(carla: Client, account: str) -> None:
    """Ten files a minute and sixty an hour; a customer's own are not counted."""
    staff = signed_in(Client(), a_teller())
    with time_machine.travel(utcnow(), tick=False) as clock:
        codes = [staff.post(f"/statements/{account}/csv", span()).status_code for _ in range(11)]
        assert codes == [200] * 10 + [429]
        assert staff.get(path(account)).status_code == 200
        assert {carla.post(f"/statements/{account}/csv", span()).status_code for _ in range(11)} == {200}
        clock.shift(61)
        assert staff.post(f"/statements/{account}/csv", span()).status_code == 200


def test_who_only_reads_sees_the_statement_and_takes_no_file(carla: Client, account: str) -> None:
    reader = signed_in(Client(), an_auditor())
    assert reader.get(path(account)).context["closing"] == 123_456
    assert "/pdf" not in reader.get(path(account)).content.decode()
    assert reader.post(f"/statements/{account}/pdf", span()).status_code == 403


def test_staff_choose_another_period_of_the_same_account(carla: Client, account: str) -> None:
    staff = signed_in(Client(), a_teller())
    days = {"account": account, "first": "2026-01-05", "last": "2026-02-06"}
    assert staff.get("/statements", days)["Location"] == path(account, first="2026-01-05", last="2026-02-06")
    wrong = staff.get("/statements", days | {"last": "2026-01-01"})
    assert (wrong.status_code, "The first day is after the last one." in wrong.content.decode()) == (422, True)
    assert staff.get("/statements", days | {"account": "4000123456789011"}).status_code == 404
    assert staff.get("/statements")["Location"] == "/accounts"


def test_a_loan_has_statements_for_its_borrower_and_the_staff(bank: Any, client: Client) -> None:
    lent = paid_out(amount=1_000_000)
    for who in (lent.customer, a_teller()):
        web = signed_in(Client(), who)
        shown = web.get(path(lent.loan_id)).context
        assert (shown["opening"], shown["closing"]) == (0, -1_000_000)
        pages = flat(" ".join(pdf_pages(web.post(f"/statements/{lent.loan_id}/pdf", span()).content)))
        assert "Loan" in pages and "-10,000.00" in pages.replace("\N{MINUS SIGN}", "-")
        movements = web.get(f"/loans/{lent.loan_id}?tab=movements")
        assert web.get(movements.context["statement_url"])["Location"].startswith(f"/statements/{lent.loan_id}?")
    choices = dict(signed_in(client, lent.customer).get("/statements").context["form"].fields["account"].choices)
    assert list(choices) == [lent.account, lent.loan_id]
    assert signed_in(Client(), a_stranger()).get(path(lent.loan_id)).status_code == 404


def test_what_the_bank_pays_or_takes_is_said_to_be_the_banks(bank: Any) -> None:
    saver = a_customer()
    account = str(an_account(saver, 5_000, product="savings").account_id)
    asked = interest_payment(stored(account), 7, part="x", month="2020-01", memo="Interest", actor=actor(saver))
    post(asked, now=utcnow())
    rows = signed_in(Client(), saver).get(path(account)).context["lines"]
    assert [row[2] for row in rows] == ["Cash", "The bank"]


@pytest.mark.parametrize(
    "query", ["", "?first=x&last=y", "?first=2026-02-01&last=2026-01-01", "?first=0001-01-01&last=9999-12-31"]
)
def test_forged_days_are_a_bad_request(carla: Client, account: str, query: str) -> None:
    assert carla.get(f"/statements/{account}{query}").status_code == 400


def test_unknown_format_is_not_there(carla: Client, account: str) -> None:
    assert carla.post(f"/statements/{account}/doc", span()).status_code == 404


def test_customer_without_account_is_told_what_to_do(bank: Any, client: Client) -> None:
    assert "You have no account yet" in signed_in(client, a_customer()).get("/reports").content.decode()


def test_memo_is_shown_as_text_on_the_page(carla: Client, account: str) -> None:
    line = next(iter(Posting.by_account.query(account)))
    line.memo = "<script>alert(1)</script>"
    line.save()
    text = carla.get(path(account)).content.decode()
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text
