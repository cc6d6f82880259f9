"""A house account's statement: opening, every movement, closing, tied to the trial balance; for managers and auditors."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.ledger import CASH, CLEARING, FEE_INCOME, HOUSE, INTEREST_INCOME
from accounts.models import DayShard
from accounts.queries.totals import end_of, forget
from accounts.services.closing import close_through
from accounts.services.flows import shard_of
from accounts.services.loans.postings import existing, post_demand
from accounts.services.posting import post
from accounts.testing import a_manager, a_teller, an_analyst, an_auditor, an_officer, signed_in
from accounts.tests.conftest import TwoPeople, instruct, two_people
from accounts.tests.lending import paid_out
from accounts.trial import trial_balance
from cloudbank import store
from cloudbank.audit import AuditRecord
from cloudbank.clock import ONE_DAY, utcnow
from cloudbank.conf import bank_calendar, business_date
from reporting.house_queries import house_pack
from reporting.models import StatementTaken
from reporting.periods import FootingError
from reporting.tests.reading import flat, pdf_pages, workbook


def today() -> date:
    return business_date(utcnow())


@pytest.fixture
def books(bank: Any) -> TwoPeople:
    """A sealed day with cash in and out, a fee and interest; an open one with a movement more."""
    two = two_people()
    two.withdraw(2_500, memo="till 4")
    post(instruct("withdrawal", 700, two.mine, CLEARING), now=utcnow())
    post(instruct("fee", 300, two.mine, FEE_INCOME), now=utcnow())
    loan_id = paid_out().loan_id
    assert post_demand(loan=existing(loan_id), day=today(), now=utcnow())
    close_through(today(), "USD", now=utcnow() + timedelta(days=7))
    two.deposit(4_000)
    return two


def following() -> date:
    """The business day after today: the one that took the last movement."""
    return bank_calendar().after(today())


def shown_in_trial_balance(code: str, day: date) -> int:
    """What the trial balance says, on the account's own side."""
    row = next(row for row in trial_balance(end_of(day, "USD")).rows if row.code == code)
    return row.debit - row.credit if row.kind in ("asset", "expense") else row.credit - row.debit


@pytest.mark.parametrize("code", HOUSE)
@pytest.mark.parametrize("open_too", [False, True])
def test_opening_and_movements_give_the_closing_that_the_trial_balance_says(
    books: TwoPeople, code: str, open_too: bool
) -> None:
    last = following() if open_too else today()
    pack = house_pack(code, "USD", today() - ONE_DAY, last, utcnow())
    figures = {one.metric: int(one.value or 0) for one in pack.sections[0].figures}
    assert figures["Closing balance"] == shown_in_trial_balance(code, last)
    assert pack.listing is not None
    rows = pack.listing.rows
    assert (rows[-1][-1] if rows else figures["Opening balance"]) == figures["Closing balance"]
    assert pack.provisional is open_too


def test_each_side_stands_where_a_bookkeeper_looks_for_it(books: TwoPeople) -> None:
    cash, fees = (house_pack(code, "USD", today(), today(), utcnow()) for code in (CASH, FEE_INCOME))
    assert cash.listing and fees.listing
    assert [row[4:] for row in cash.listing.rows] == [(100_000, 0, 100_000), (0, 2_500, 97_500)]
    assert cash.listing.rows[1][3] == "till 4"
    assert [row[4:] for row in fees.listing.rows] == [(0, 300, 300)]
    interest = house_pack(INTEREST_INCOME, "USD", today(), today(), utcnow())
    assert interest.listing is not None and len(interest.listing.rows) == 1


def test_a_period_begins_with_what_the_days_before_left(books: TwoPeople) -> None:
    pack = house_pack(CASH, "USD", following(), following(), utcnow())
    assert pack.sections[0].figure("Opening balance").value == 97_500
    assert pack.sections[0].figure("Closing balance").value == 101_500


def test_a_statement_that_does_not_tie_to_the_trial_balance_is_none(books: TwoPeople) -> None:
    key = DayShard.key("USD", following().isoformat(), shard_of("whatever"))
    store.save([store.Add(DayShard, key, {"house_cash": 5})])
    forget()
    with pytest.raises(FootingError, match="Cash at the end of"):
        house_pack(CASH, "USD", today(), following(), utcnow())
    page = signed_in(Client(), a_manager()).get("/house-statements", asked(last=following())).content.decode()
    assert "does not foot" in page


def asked(account: str = "cash", last: date | None = None) -> dict[str, Any]:
    return {"account": account, "currency": "USD", "first": today().isoformat(), "last": (last or today()).isoformat()}


def test_the_row_of_the_trial_balance_leads_to_the_page_of_its_statement(books: TwoPeople) -> None:
    web = signed_in(Client(), an_auditor())
    page = web.get("/trial-balance", {"day": today().isoformat()}).content.decode()
    assert f"/house-statements?account=fee_income&amp;currency=USD&amp;first={today().replace(day=1)}" in page
    text = web.get("/house-statements", asked()).content.decode()
    assert "Opening balance" in text and "till 4" in text and "975.00" in text
    assert books.mine not in text and books.mine[-4:] in text


def test_managers_and_auditors_only(books: TwoPeople) -> None:
    for make in (a_teller, an_analyst, an_officer):
        web = signed_in(Client(), make())
        assert web.get("/house-statements", asked()).status_code == 403
        assert web.post("/house-statements/pdf", asked()).status_code == 403
    officer = signed_in(Client(), an_officer(email="o2@bank.test"))
    assert "/house-statements" not in officer.get("/trial-balance").content.decode()
    assert signed_in(Client(), books.customer).get("/house-statements", asked()).status_code == 403
    assert signed_in(Client(), a_manager()).get("/house-statements", asked()).status_code == 200


@pytest.mark.parametrize(("code", "reads"), [("csv", "csv"), ("xlsx", "xlsx"), ("pdf", "pdf")])
def test_each_file_holds_the_same_movements_and_taking_it_is_on_record(books: TwoPeople, code: str, reads: str) -> None:
    manager = a_manager()
    answer = signed_in(Client(), manager).post(f"/house-statements/{code}", asked())
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    if reads == "csv":
        text = content.decode("utf-8-sig")
    elif reads == "xlsx":
        text = " ".join(str(cell) for sheet in workbook(content) for row in sheet.values for cell in row)
    else:
        text = flat(" ".join(pdf_pages(content)))
    assert "till 4" in text and "Cash" in text
    assert "cash" in answer["Content-Disposition"]
    (taken,) = [one for one in StatementTaken.scan() if isinstance(one, StatementTaken)]
    (record,) = AuditRecord.scan(AuditRecord.action == "take_statement")
    assert (taken.of_account, record.actor_id) == (CASH, manager.user_id)


def test_what_cannot_be_asked_is_refused_in_words(books: TwoPeople) -> None:
    web = signed_in(Client(), a_manager())
    wrong = asked() | {"first": "2030-01-01"}
    answer = web.get("/house-statements", wrong)
    assert answer.status_code == 422 and "first day is after the last one" in answer.content.decode()
    assert web.get("/house-statements", asked("vault")).status_code == 422
    assert web.post("/house-statements/doc", asked()).status_code == 404
    assert web.get("/house-statements").status_code == 200
