"""The loan as an item: an account of the ledger that also carries its terms and what of it is due."""

from dataclasses import replace
from datetime import date
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from accounts.ledger import ACTIVE, CLOSED, AccountState, Refused
from accounts.loans.bridge import split_of
from accounts.loans.state import APPROVED, CHARGED_OFF, LIVE, PACKED, LoanState, packed, unpacked
from accounts.models.account import LedgerAccount
from cloudbank.tables import IntegerAttribute


class Loan(LedgerAccount, discriminator="loan"):
    """One loan of one customer. Its balance is minus what stands on the books (LoanState.on_books).

    A posting changes it only together with its state: who posts on it prepares what the loan is afterwards.
    """

    prepared: LoanState | None = None
    """What the loan is after the movement that is being decided; never stored."""

    stage = UnicodeAttribute()
    """Where the loan is in its life (accounts.loans.state.STAGES); `status` is the ledger's."""
    offer = UnicodeAttribute()
    """The code of the loan product."""
    purpose = UnicodeAttribute(default="")
    monthly_income = IntegerAttribute(default=0)
    """As the applicant declared it, minor units."""
    pays_to = UnicodeAttribute()
    """The deposit account that the money is paid out to, and from which instalments are collected."""
    collects = UnicodeAttribute(default="")
    """ "yes": instalments are collected from that account on their due date."""
    entered_by = UnicodeAttribute()
    decided_by = UnicodeAttribute(default="")
    decided_on = UnicodeAttribute(default="")
    decision_reason = UnicodeAttribute(default="")
    disbursed_on = UnicodeAttribute(default="")
    changed_on = UnicodeAttribute(default="")
    """The business day of its last change: who asks for an earlier one goes back along its audit records."""
    carried_out = JSONAttribute(default=list)
    """Ids of the requests under four eyes that changed this loan."""
    parts = JSONAttribute()
    """The rest of the LoanState, packed."""

    def state(self) -> AccountState:
        """What the pure ledger sees of it, with what the prepared movement does to its parts."""
        state = super().state()
        return replace(state, split=split_of(self.loan(), self.prepared)) if self.prepared else state

    def take(self, state: AccountState) -> None:
        """Set what a posting changed and the state prepared for it; both say the same, or nothing is stored."""
        super().take(state)
        if self.prepared is None or self.prepared.on_books != -self.balance:
            raise Refused("loan", "Money moves on a loan only together with what is due on it: use the loan's page.")
        self.put(self.prepared, date.fromisoformat(state.last_business_date))

    @property
    def loan_id(self) -> str:
        """The hash key under its own name."""
        return self.account_id

    def loan(self) -> LoanState:
        """What the pure functions see of it."""
        return unpacked(self.stage, self.currency, self.parts)

    def put(self, loan: LoanState, day: date) -> None:
        """Set what changed in its life, and file it; `day` is the business day of the change."""
        self.changed_on = day.isoformat()
        if loan.is_live and not self.disbursed_on:
            self.disbursed_on = day.isoformat()
        if loan.stage != self.stage and loan.stage not in (*LIVE, APPROVED):
            self.closed_on = day.isoformat()
        self.stage, self.parts = loan.stage, packed(loan)
        self.status = ACTIVE if loan.stage in (*LIVE, APPROVED, CHARGED_OFF) else CLOSED
        self.file(loan)

    def file(self, loan: LoanState) -> None:
        """Set the keys of the index by_book: the state, and in it the day that needs somebody, oldest first."""
        attention = loan.needs_attention_on
        day = attention.isoformat() if attention else self.closed_on or self.opened_on
        self.book = book_of(loan.stage)
        self.book_order = f"{FIRST if loan.unposted and not loan.is_live else day}#{self.loan_id}"


FIRST = "0"
"""Stands before every date: what waits for the evening in a book of loans that need nobody any more."""


def book_of(stage: str) -> str:
    """The group of the index by_book that holds the loans in a stage."""
    return f"loan#{stage}"


CHANGES = ("stage", *sorted(PACKED - {"made"}))
"""What of a loan an audit record tells; the instalments that fell due follow from the demands."""


def shown_change(before: LoanState, after: LoanState) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an audit record says of a change: the stage and the numbers that differ."""
    old, new = packed(before) | {"stage": before.stage}, packed(after) | {"stage": after.stage}
    names = [name for name in CHANGES if old.get(name) != new.get(name)]
    return {name: old.get(name, 0) for name in names}, {name: new.get(name, 0) for name in names}
