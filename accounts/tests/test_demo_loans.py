"""The demo bank's loans: every stage, every bucket, and the books they leave are sound."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest

from accounts.bulk.bank import MemoryBank
from accounts.demo.life import Demo
from accounts.ledger import Actor
from accounts.loans.book import by_bucket, fold
from accounts.loans.state import broken_rule
from accounts.models import ImportedLoanBook as LoanBook
from accounts.models import Loan
from accounts.participants import participant
from cloudbank.conf import bank_calendar, business_date

UNTIL = datetime(2026, 11, 20, 22, tzinfo=UTC)


@pytest.mark.slow
def test_the_demo_has_loans_in_every_stage_and_they_equal_their_accounts(quiet: None) -> None:
    teller = Actor("usr_teller", "teller", "198.51.100.7")
    demo = Demo(seed=7, customers=480, until=UNTIL, currency="USD", calendar=bank_calendar(), tellers=[teller])
    memory = MemoryBank("demo", participant(), teller, audited=True)
    for event in demo:
        memory.enter(event)
    loans = [item for item in memory.deposits() if isinstance(item, Loan)]
    stages = Counter(loan.stage for loan in loans)
    assert 100 <= len(loans) <= 140
    assert {"active", "non_accrual", "charged_off", "closed"} <= set(stages)
    for loan in loans:
        assert broken_rule(loan.loan()) == ""
        assert loan.loan().on_books == -loan.balance
    numbers = fold([loan.loan() for loan in loans], business_date(UNTIL))
    assert sum(1 for _, count, _ in by_bucket(numbers) if count) >= 4
    assert any(loan.loan().restructured for loan in loans)
    assert any(loan.loan().recovered for loan in loans)
    assert set(memory.counts.refused) <= {"insufficient_funds"}
    assert sum(memory.counts.refused.values()) < memory.counts.movements / 100
    assert memory.balances()["USD"] + memory.counts.house["USD"] == 0
    assert_each_day_has_its_loan_book(memory)


def assert_each_day_has_its_loan_book(memory: MemoryBank) -> None:
    """The book kept for a day says what the postings through it leave owed, in buckets that give the portfolio."""
    books = {item.account_id.split("#")[2]: item.numbers for item in memory.papers() if isinstance(item, LoanBook)}
    flows: Counter[str] = Counter()
    for raw in memory.postings:
        flows[raw["business_date"]["S"]] += int(raw["amount"]["N"]) * (raw["product"]["S"] == "loan")
    first, last = (date.fromisoformat(pick(books)) for pick in (min, max))
    assert last == business_date(UNTIL)
    assert [day.isoformat() for day in bank_calendar().days(first, last)] == sorted(books)
    assert len(books) > 200
    for day, numbers in books.items():
        assert numbers.get("on_books", 0) == -sum(amount for when, amount in flows.items() if when <= day), day
        assert sum(principal for _, _, principal in by_bucket(Counter(numbers))) == numbers.get("glp", 0)
    assert max(numbers.get("par_30", 0) for numbers in books.values()) > 0
