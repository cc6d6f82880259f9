"""Any sequence of what can happen to a loan: what it says is owed is what a plain account of it says.

The account below knows only the movements, as the ledger does; the loan knows only its own parts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from accounts.ledger import Refused
from accounts.loans import remedies, servicing
from accounts.loans.schedule import MAX_RATE
from accounts.loans.state import LIVE, NON_ACCRUAL, LoanState, Terms, applied, broken_rule, packed, unpacked
from cloudbank.money import MAX_MINOR

START = date(2026, 1, 31)


@dataclass
class Books:
    """The loan's account and the house's, fed by movements only."""

    balance: int = 0
    cash: int = 0
    income: int = 0
    fees: int = 0
    loss: int = 0

    @property
    def sum(self) -> int:
        return self.balance + self.cash + self.income + self.fees + self.loss


class Life:
    """A loan, the books beside it, and the day."""

    def __init__(self, principal: int, rate: int, instalments: int) -> None:
        self.loan = servicing.disburse(servicing.approve(applied(Terms(principal, rate, instalments))), START)
        self.books = Books(balance=-principal, cash=principal)
        self.day = START
        self.borrowed = principal
        self.charged: list[int] = []

    def step(self, name: str, number: int) -> None:
        before = packed(self.loan), self.loan.stage
        try:
            getattr(self, name)(number)
        except Refused:
            assert (packed(self.loan), self.loan.stage) == before
        self.check()

    def check(self) -> None:
        loan = self.loan
        assert broken_rule(loan) == ""
        assert loan.on_books == -self.books.balance
        assert self.books.sum == 0
        assert unpacked(loan.stage, loan.currency, packed(loan)) == loan
        assert loan.payoff(self.day) >= loan.owed >= loan.due_now >= 0
        assert sum(row.principal for row in loan.to_come()) == loan.not_due
        if loan.is_live and loan.principal:
            assert (loan.days_past_due(self.day) > 0) == any(one.due < self.day for one in loan.demands)

    # What can happen.
    def wait(self, days: int) -> None:
        self.day += timedelta(days=days % 100)

    def neglect(self, _: int) -> None:
        """A month passes and nobody pays."""
        self.day = max(self.day, self.loan.next_due or self.day)
        self.fall_due(0)
        self.stop(0)

    def fall_due(self, _: int) -> None:
        if self.loan.next_due is None or self.loan.next_due > self.day:
            return
        self.loan, interest = servicing.demand(self.loan)
        self.books.balance -= interest
        self.books.income += interest

    def pay(self, number: int) -> None:
        owed = self.loan.payoff(self.day)
        due = self.loan.due_now
        amounts = [1, 2, due, due, due - 1, due // 2, due // 3, owed - 1, owed + 1, MAX_MINOR, number % max(owed, 1)]
        self.pay_exactly(amounts[number % len(amounts)])

    def pay_off(self, _: int) -> None:
        self.pay_exactly(self.loan.payoff(self.day))

    def pay_exactly(self, amount: int) -> None:
        before = self.loan
        self.loan, split = servicing.repay(before, amount, self.day)
        self.books.balance += amount
        self.books.cash -= amount
        assert split.total == amount
        assert split.principal == before.principal - self.loan.principal
        if split.principal_ahead:
            assert not self.loan.demands
        if split.principal_due:
            assert not (self.loan.interest_due or self.loan.suspended)
        if split.all_interest or split.principal:
            assert not self.loan.fees

    def book_income(self, _: int) -> None:
        self.loan, income = servicing.post_income(self.loan)
        self.books.balance -= income
        self.books.income += income

    def fee(self, number: int) -> None:
        amount = 1 + number % 5_000
        self.loan = servicing.charge_fee(self.loan, amount)
        self.books.balance -= amount
        self.books.fees += amount
        self.charged.append(amount)

    def late_fee(self, number: int) -> None:
        late = servicing.missed(self.loan, self.day, number % 20)
        self.loan = servicing.charge_late_fee(self.loan, 2_500, self.day, number % 20)
        self.books.balance -= 2_500
        self.books.fees += 2_500
        self.charged.append(2_500)
        assert late and late.due < self.day and late.principal
        assert late not in self.loan.demands

    def fee_back(self, number: int) -> None:
        """Reverse a fee that was charged, whether it was paid or not."""
        if not self.charged:
            return
        place, owed = number % len(self.charged), self.loan.owed
        self.loan, split = servicing.take_back_fee(self.loan, self.charged[place], self.day)
        amount = self.charged.pop(place)
        self.books.balance += amount
        self.books.fees -= amount
        assert owed - amount == self.loan.owed - split.accrued
        assert self.loan.fees_paid <= sum(self.charged)

    def stop(self, _: int) -> None:
        owed = self.loan.owed
        if not servicing.must_stop_accruing(self.loan, self.day):
            return
        self.loan, reversed_ = servicing.stop_accruing(self.loan)
        self.books.balance += reversed_
        self.books.income -= reversed_
        assert self.loan.owed == owed

    def new_terms(self, number: int) -> None:
        owed, worst = self.loan.owed + self.loan.accrued(self.day), self.loan.days_past_due(self.day)
        self.loan, interest = remedies.restructure(
            self.loan, self.day, rate=number % 1_000, instalments=1 + number % 60, capitalise=number % 2 == 0
        )
        self.books.balance -= interest
        self.books.income += interest
        assert self.loan.owed == owed
        assert self.loan.worst >= worst

    def write_off(self, number: int) -> None:
        remedies.refuse_charge_off(self.loan, self.day, remedies.GROUNDS[number % 4 if number % 7 == 0 else 0])
        if self.loan.interest_due:
            self.loan, reversed_ = servicing.stop_accruing(self.loan)
            self.books.balance += reversed_
            self.books.income -= reversed_
        self.loan, gone = remedies.charge_off(self.loan)
        self.books.balance += gone.total
        self.books.loss -= gone.total

    def get_back(self, number: int) -> None:
        self.loan = remedies.recover(self.loan, 1 + number % max(1, self.loan.claim))

    def get_back_cash(self, number: int) -> None:
        amount = 1 + number % max(1, self.loan.claim)
        self.loan = remedies.recover_cash(self.loan, amount)
        self.books.balance += amount
        self.books.cash -= amount


OPERATIONS = (
    "wait", "neglect", "neglect", "neglect", "neglect", "fall_due", "pay", "pay", "pay", "pay_off", "book_income",
    "book_income", "fee", "fee_back", "late_fee", "stop", "new_terms", "write_off", "get_back", "get_back_cash",
)  # fmt: skip
edges = st.one_of(st.sampled_from([0, 1, 2, 30, 31, 90, MAX_MINOR - 1, MAX_MINOR]), st.integers(0, MAX_MINOR))
principals = st.one_of(st.sampled_from([1, 2, 100, 1_000_000, MAX_MINOR]), st.integers(1, MAX_MINOR))
rates = st.one_of(st.sampled_from([0, 1, 600, MAX_RATE]), st.integers(0, MAX_RATE))
counts = st.one_of(st.sampled_from([1, 2, 12, 480]), st.integers(1, 480))
steps = st.lists(st.tuples(st.sampled_from(OPERATIONS), edges), max_size=40)


@settings(max_examples=250, deadline=None)
@given(principals, rates, counts, steps)
@example(1_000_000, 600, 12, [("wait", 28), ("pay_off", 0), ("book_income", 0)])
def test_whatever_happens_the_loan_says_what_its_account_says(
    principal: int, rate: int, count: int, story: list[tuple[str, int]]
) -> None:
    life = Life(principal, rate, count)
    for name, number in story:
        life.step(name, number)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 10**12), rates, counts, st.integers(0, 400))
def test_every_loan_can_be_paid_off_on_any_day(principal: int, rate: int, count: int, days: int) -> None:
    life = Life(principal, rate, count)
    life.day += timedelta(days=days)
    while (due := life.loan.next_due) and due <= life.day:
        life.step("fall_due", 0)
    if servicing.must_stop_accruing(life.loan, life.day):
        life.step("stop", 0)
    life.pay_exactly(life.loan.payoff(life.day))
    if life.loan.unposted:
        life.step("book_income", 0)
    assert life.loan.stage == "closed"
    assert (life.books.balance, life.loan.repaid) == (0, principal)
    assert life.books.income == life.loan.interest_paid == -life.books.cash


@settings(max_examples=60, deadline=None)
@given(principals, rates, st.integers(1, 60), st.data())
def test_paying_each_instalment_when_it_is_due_is_the_schedule(
    principal: int, rate: int, count: int, data: st.DataObject
) -> None:
    life = Life(principal, rate, count)
    rows = life.loan.to_come()
    for row in rows:
        life.day = row.due
        life.step("fall_due", 0)
        whole = life.loan.due_now
        assert whole == row.total
        first = data.draw(st.integers(0, whole)) if whole else 0  # in two parts, whatever they are
        for amount in (first, whole - first):
            if 0 < amount <= MAX_MINOR:
                life.pay_exactly(amount)
        assert life.loan.principal == row.left or whole > MAX_MINOR
        life.check()
    if life.loan.principal == 0:
        assert life.loan.stage == "closed"


def test_the_operations_reach_every_stage() -> None:
    reached: set[str] = set()
    ways: list[tuple[str, Callable[[Life], object]]] = [
        ("non_accrual", lambda life: [life.step("wait", 99), life.step("fall_due", 0), life.step("wait", 99),
                                      life.step("fall_due", 0), life.step("stop", 0)]),
        ("charged_off", lambda life: life.step("write_off", 7)),
        ("closed", lambda life: [life.step("pay_off", 0), life.step("book_income", 0)]),
    ]  # fmt: skip
    for _, walk in ways:
        life = Life(1_000_000, 600, 12)
        walk(life)
        reached.add(life.loan.stage)
    assert reached == {name for name, _ in ways}
    assert NON_ACCRUAL in LIVE


def test_a_state_cannot_be_changed_in_place() -> None:
    state: LoanState = Life(1, 0, 1).loan
    for change in ("stage", "principal"):
        try:
            setattr(state, change, "other")
        except AttributeError:
            continue
        raise AssertionError(f"{change} could be changed")
