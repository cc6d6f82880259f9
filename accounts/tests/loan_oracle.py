"""What loans must do, in plain lists: written from domain/ledger.md, without accounts.loans. Pure.

What is owed is a list of debts, each of one kind and one due date; sums, fractions and `round` instead of the
loan's own bookkeeping, so that the two cannot err together.
"""

import calendar
import contextlib
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from accounts.tests.oracle import MAX, Account, Bank, Move, No

INCOME, LOSS, RECOVERED, FEES = (
    "house:" + name for name in ("interest_income", "loan_loss", "loan_recovery", "fee_income")
)
INTEREST, PRINCIPAL = "interest", "principal"
LIVE = ("active", "non_accrual")


@dataclass
class Debt:
    """What is left of something that fell due. `counted`: interest that the bank's books hold as income."""

    kind: str
    due: date
    left: int
    counted: bool = True


@dataclass
class Lent:
    """One loan: what fell due and is unpaid, and the principal that is not due yet."""

    principal: int
    rate: int
    months: int
    started: date
    collects: str
    later: int
    stage: str = "active"
    demanded: int = 0
    fees: int = 0
    fees_paid: int = 0
    fined: set[date] = field(default_factory=set)
    claim: int = 0
    debts: list[Debt] = field(default_factory=list)

    @property
    def instalment(self) -> int:
        """P i / (1 - (1 + i)^-n), with i a month's rate, rounded half to even."""
        i = Fraction(self.rate, 120_000)
        return round(self.principal * i / (1 - (1 + i) ** -self.months))

    def due_day(self, number: int) -> date:
        """The same day of the month as the day it was paid out, or the month's last."""
        year, month = divmod(self.started.year * 12 + self.started.month - 1 + number, 12)
        return date(year, month + 1, min(self.started.day, calendar.monthrange(year, month + 1)[1]))

    def sum(self, kind: str = "") -> int:
        """What is due and unpaid, of one kind or of all."""
        return sum(debt.left for debt in self.debts if kind in ("", debt.kind))

    @property
    def outstanding(self) -> int:
        """Principal, due or not."""
        return self.sum(PRINCIPAL) + self.later

    @property
    def due_now(self) -> int:
        """Fees and all that fell due."""
        return self.fees + self.sum()

    @property
    def on_books(self) -> int:
        """What the ledger's account must say."""
        return self.fees + self.later + sum(debt.left for debt in self.debts if debt.counted)

    def late(self, today: date) -> int:
        """Days since the oldest unpaid due date."""
        return max([(today - debt.due).days for debt in self.debts] + [0])

    @property
    def falls_due_on(self) -> date | None:
        """The next due date: of an instalment, or, when all of them fell due, of interest on what is overdue."""
        goes_on = self.stage in LIVE and (self.later or round(Fraction(self.outstanding * self.rate, 120_000)))
        return self.due_day(self.demanded + 1) if goes_on else None

    def running(self, today: date) -> int:
        """Interest since the last due date, by its days."""
        if self.falls_due_on is None:
            return 0
        last, following = self.due_day(self.demanded), self.due_day(self.demanded + 1)
        days = max(0, min(today, following).toordinal() - last.toordinal())
        return round(Fraction(self.outstanding * self.rate * days, 120_000 * (following - last).days))

    def fall_due(self, today: date) -> int:
        """Instalments whose day has come; the interest of them that becomes income."""
        income = 0
        while (due := self.falls_due_on) and due <= today:
            self.demanded += 1
            interest = round(Fraction(self.outstanding * self.rate, 120_000))
            part = self.later if self.demanded >= self.months else min(max(0, self.instalment - interest), self.later)
            counted = self.stage == "active"
            new = (Debt(INTEREST, due, interest, counted), Debt(PRINCIPAL, due, part))
            self.debts += [debt for debt in new if debt.left]
            self.later -= part
            income += interest if counted else 0
        return income

    def bears_late_fee(self, today: date, grace: int) -> list[date]:
        """Instalments missed for more than the days of grace, each once; not for what only fees have taken first."""
        found = []
        for due in sorted({debt.due for debt in self.debts if debt.kind == PRINCIPAL} - self.fined):
            short = sum(debt.left for debt in self.debts if debt.due <= due)
            if self.stage == "active" and (today - due).days > grace and short > self.fees_paid:
                found.append(due)
        return found

    def refuse_payment(self, amount: int, today: date) -> set[str]:
        """Why a payment cannot be taken."""
        if self.stage not in LIVE:
            return {"stage"}
        if not 0 < amount <= MAX:
            return {"amount"}
        owed = self.due_now + self.later
        payoff = owed + self.running(today)
        if amount > payoff:
            return {"overpaid"}
        return {"payoff"} if owed <= amount < payoff else set()

    def pay(self, amount: int, today: date) -> int:
        """Fees, interest, principal due, principal ahead; the interest in it that was no income before."""
        fees = min(amount, self.fees)
        self.fees, self.fees_paid = self.fees - fees, self.fees_paid + fees
        left, income = amount - fees, 0
        for kind in (INTEREST, PRINCIPAL):
            for debt in sorted((one for one in self.debts if one.kind == kind), key=lambda one: one.due):
                paid = min(left, debt.left)
                debt.left, left = debt.left - paid, left - paid
                income += 0 if debt.counted else paid
        self.debts = [debt for debt in self.debts if debt.left]
        ahead = min(left, self.later)
        self.later -= ahead
        if self.stage == "non_accrual" and not self.debts:
            self.stage = "active"
        if not self.debts and not self.later and not self.fees:
            self.stage = "closed"
        return income + left - ahead


@dataclass
class LendingBank(Bank):
    """The bank with its loans, by account number."""

    loans: dict[str, Lent] = field(default_factory=dict)
    late_fee: int = 2_500
    grace: int = 15
    stops_at: int = 90
    charges_off_at: int = 120

    def available(self, name: str) -> int:
        """A loan gives what its terms say: the ledger sets no limit of its own."""
        return 10**18 if name in self.loans else super().available(name)

    def lend(self, name: str, owner: str, to: str, lent: Lent, today: date) -> None:
        """Pay a loan out."""
        self.accounts[name] = Account(owner, "loan", today)
        self.loans[name] = lent
        self.move(
            f"disburse {name}", Move("disbursement", lent.principal, name, to, channel="online", actor=owner), today
        )

    def fall_due(self, name: str, today: date) -> None:
        """What fell due by today, in the books; instalment by instalment, as they are posted."""
        lent = self.loans[name]
        while (due := lent.falls_due_on) and due <= today:
            if interest := lent.fall_due(due):
                self._system("interest", interest, name, INCOME, today)

    def _system(self, type_: str, amount: int, debit: str, credit: str, today: date) -> None:
        key = f"{type_} {debit} {credit} {len(self.moves)}"
        self.move(key, Move(type_, amount, debit, credit, channel="system", actor="bank"), today)

    def repay(self, key: str, name: str, asked: Move, today: date) -> bool:
        """A repayment from an account or in cash; the same one again changes nothing."""
        if key in self.moves:
            return self.move(key, asked, today)
        why = self.loans[name].refuse_payment(asked.amount, today)
        try:
            self.copy().move(key, asked, today)
        except No as no:
            why |= no.reasons
        if why:
            raise No(*why)
        self.move(key, asked, today)
        if income := self.loans[name].pay(asked.amount, today):
            self._system("interest", income, name, INCOME, today)
        return True

    def charge_fee(self, key: str, name: str, amount: int, actor: str, today: date) -> bool:
        """A fee on a loan."""
        lent = self.loans[name]
        if lent.stage not in LIVE:
            raise No("stage", "amount")
        if amount <= 0:
            raise No("amount")
        if not lent.outstanding:
            raise No("repaid")
        self.move(key, Move("fee", amount, name, FEES, actor=actor), today)
        lent.fees += amount
        return True

    def charge_off(self, name: str, late_only: bool, today: date) -> bool:
        """Off the books, at a loss of principal and fees; interest is taken back from income."""
        lent = self.loans[name]
        if lent.stage not in LIVE:
            raise No("stage")
        if not lent.outstanding:
            raise No("unposted")
        if late_only and lent.late(today) < self.charges_off_at:
            raise No("not_late")
        self._stop(name, today)
        loss = lent.outstanding + lent.fees
        lent.claim = loss + lent.sum(INTEREST)
        self._system("charge_off", loss, LOSS, name, today)
        lent.debts, lent.later, lent.fees, lent.stage = [], 0, 0, "charged_off"
        return True

    def recover(self, key: str, name: str, asked: Move, today: date) -> bool:
        """Money after the charge-off."""
        lent = self.loans[name]
        if lent.stage != "charged_off":
            raise No("stage")
        why = {"overpaid"} if asked.amount > lent.claim else set()
        try:
            self.copy().move(key, asked, today)
        except No as no:
            why |= no.reasons
        if why:
            raise No(*why)
        self.move(key, asked, today)
        lent.claim -= asked.amount
        if asked.credit == name:  # cash goes through the loan's account: in first, income second
            self._system("recovery", asked.amount, name, RECOVERED, today)
        return True

    def _stop(self, name: str, today: date) -> None:
        lent = self.loans[name]
        if lent.stage != "active":
            return
        interest = [debt for debt in lent.debts if debt.kind == INTEREST]
        if total := sum(debt.left for debt in interest):
            self._system("interest", total, INCOME, name, today)
        for debt in interest:
            debt.counted = False
        lent.stage = "non_accrual"

    def serve_loans(self, day: date) -> None:
        """The evening: what is due is demanded and collected; the latest stop to accrue."""
        for name, lent in self.loans.items():
            waits = lent.debts or (lent.falls_due_on and lent.falls_due_on <= day)
            if lent.stage not in LIVE or not waits:  # a fee alone waits for the next due date
                continue
            self.fall_due(name, day)
            if lent.collects and lent.due_now:
                key = f"collect {name} {day}"
                amount = lent.due_now if lent.later else lent.due_now + lent.running(day)
                asked = Move("repayment", amount, lent.collects, name, channel="system", actor="bank")
                with contextlib.suppress(No):
                    self.repay(key, name, asked, day)
            for due in lent.bears_late_fee(day, self.grace):
                self._system("fee", self.late_fee, name, FEES, day)
                lent.fees += self.late_fee
                lent.fined.add(due)
            if lent.stage == "active" and lent.late(day) >= self.stops_at:
                self._stop(name, day)
