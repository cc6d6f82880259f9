"""What the bank does when payments stay away: new terms, charge-off, recovery. Pure."""

from dataclasses import dataclass, replace
from datetime import date

from accounts.ledger import Refused
from accounts.loans.schedule import check_amortises
from accounts.loans.servicing import refuse_unless, refuse_unless_amount
from accounts.loans.state import CHARGED_OFF, CLOSED, LIVE, NON_ACCRUAL, Demand, LoanState, Terms
from cloudbank.money import format_amount

CHARGE_OFF_DAYS = 120
"""Closed-end retail credit is a loss at 120 days past due (FFIEC policy, 65 FR 36903)."""
PERFORMANCE = 6
"""Payments after which a restructured non-accrual loan may accrue again (call report instructions, six months)."""
LATE, BANKRUPTCY, DEATH, FRAUD = "delinquency", "bankruptcy", "death", "fraud"
GROUNDS = (LATE, BANKRUPTCY, DEATH, FRAUD)
"""Why a loan is charged off; all but the first do not wait for the days past due."""


@dataclass(frozen=True, slots=True)
class WrittenOff:
    """What leaves the books."""

    principal: int
    fees: int

    @property
    def total(self) -> int:
        """The charge-off the ledger posts."""
        return self.principal + self.fees


def restructure(
    state: LoanState, today: date, *, rate: int, instalments: int, capitalise: bool
) -> tuple[LoanState, int]:
    """New terms from what is outstanding, and the interest to post for the days since the last due date.

    Overdue principal becomes part of the new principal. Unpaid interest on the books is added to it only
    if `capitalise` says so; otherwise it is due today. Interest off the books (non-accrual) is never
    capitalised: that would make income of a loan in doubt. The worst arrears stay on record.
    """
    refuse_unless(state, *LIVE)
    if state.unposted or not state.principal:
        raise Refused("unposted", "Interest of this loan is still being posted. Try again in a moment.")
    if state.next_due is not None and state.next_due < today:
        raise Refused("behind", "Instalments of this loan are still to be demanded. Try again after the day is closed.")
    accrued, on_books = state.accrued(today), state.stage != NON_ACCRUAL
    interest = state.interest_due + (accrued if on_books else 0)
    suspended = state.suspended + (0 if on_books else accrued)
    added = interest if capitalise else 0
    principal = state.principal + added
    check_amortises(principal, rate, instalments)
    arrears = Demand(today, interest - added, 0, suspended)
    after = replace(
        state,
        terms=Terms(principal, rate, instalments, today),
        principal=principal,
        demands=(arrears,) if arrears.left else (),
        made=(),
        capitalised=state.capitalised + added,
        worst=max(state.worst, state.days_past_due(today)),
        restructured=state.restructured + 1,
        probation=state.probation if on_books else PERFORMANCE,
    )
    return after, accrued if on_books else 0


def refuse_charge_off(state: LoanState, today: date, ground: str, after: int = CHARGE_OFF_DAYS) -> None:
    """Refuse unless the loan may be charged off today on this ground."""
    refuse_unless(state, *LIVE)
    if state.unposted or not state.principal:
        raise Refused("unposted", "Interest of this loan is still being posted. Try again in a moment.")
    if ground not in GROUNDS:
        raise Refused("ground", "Choose why the loan is charged off.", "ground")
    late = state.days_past_due(today)
    if ground == LATE and late < after:
        raise Refused(
            "not_late", f"The loan is {late} days past due; a charge-off for arrears begins at {after}.", "ground"
        )


def charge_off(state: LoanState) -> tuple[LoanState, WrittenOff]:
    """The loan leaves the books at a loss, posted as `charge_off`; what the borrower owes becomes a claim.

    Interest on the books must have been reversed before (`servicing.stop_accruing`): it was never a loss of principal.
    """
    refuse_unless(state, *LIVE)
    if state.interest_due or state.unposted or not state.principal:
        raise Refused("interest", "Stop the loan's interest before charging it off.")
    gone = WrittenOff(state.principal, state.fees)
    after = replace(
        state,
        stage=CHARGED_OFF,
        principal=0,
        fees=0,
        demands=(),
        probation=0,
        charged_off=state.charged_off + gone.principal,
        fees_charged_off=state.fees_charged_off + gone.fees,
        claim=gone.total + state.suspended,
    )
    return after, gone


def refund_fee(state: LoanState, amount: int) -> LoanState:
    """A fee was wrong that was paid on a loan which is over: the borrower gets it back, posted as `reversal`.

    What was charged off of fees was never paid, so no more goes back than was.
    """
    refuse_unless(state, CLOSED, CHARGED_OFF)
    refuse_unless_amount(amount)
    if amount > state.fees_paid:
        raise Refused(
            "fee_paid", f"Only {format_amount(state.fees_paid, state.currency)} of fees was paid on this loan."
        )
    return replace(state, fees_paid=state.fees_paid - amount)


def recover(state: LoanState, amount: int) -> LoanState:
    """Money that comes in after the charge-off, posted as `recovery`; never more than the claim."""
    refuse_unless(state, CHARGED_OFF)
    refuse_unless_amount(amount)
    if amount > state.claim:
        raise Refused(
            "overpaid",
            f"Not more than {format_amount(state.claim, state.currency)} is owed after the charge-off.",
            "amount",
        )
    return replace(state, claim=state.claim - amount, recovered=state.recovered + amount)


def recover_cash(state: LoanState, amount: int) -> LoanState:
    """The same in cash, posted as `repayment` onto the loan's account; its income follows (`servicing.post_income`)."""
    return replace(recover(state, amount), unposted=state.unposted + amount)
