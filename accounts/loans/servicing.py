"""What time and payments do to a loan: paid out, demanded, repaid, paid off, closed. Pure.

Each function returns the new state and what the ledger must post for it, or raises Refused and
leaves the state as it is. One movement an operation. Interest that is paid before it stands on the books
(the days since the last due date at an early payoff, interest of a non-accrual loan) is kept as `unposted`
and posted by `post_income` right after: cash first, income second, so that no crash shows income without cash.
"""

from dataclasses import dataclass, replace
from datetime import date

from accounts.ledger import Refused
from accounts.loans.schedule import check_terms
from accounts.loans.state import (
    ACTIVE,
    APPLIED,
    APPROVED,
    CLOSED,
    DECLINED,
    LIVE,
    NON_ACCRUAL,
    WITHDRAWN,
    Demand,
    LoanState,
    moved,
)
from cloudbank.money import MAX_MINOR, format_amount, is_whole

NON_ACCRUAL_DAYS = 90
"""FFIEC call report instructions, nonaccrual status: 90 days past due unless well secured and in collection."""


@dataclass(frozen=True, slots=True)
class Split:
    """How a repayment is used, in the order it is used."""

    fees: int = 0
    interest: int = 0
    suspended: int = 0
    """Interest that did not stand on the books: income now that it is paid."""
    principal_due: int = 0
    principal_ahead: int = 0
    accrued: int = 0
    """Interest since the last due date, paid at a payoff."""

    @property
    def principal(self) -> int:
        """Principal repaid, due or ahead of time."""
        return self.principal_due + self.principal_ahead

    @property
    def all_interest(self) -> int:
        """Interest of every kind."""
        return self.interest + self.suspended + self.accrued

    @property
    def total(self) -> int:
        """The repayment."""
        return self.fees + self.all_interest + self.principal


def approve(state: LoanState) -> LoanState:
    """An application becomes an offer."""
    refuse_unless(state, APPLIED)
    return moved(state, APPROVED)


def decline(state: LoanState) -> LoanState:
    """The bank says no."""
    refuse_unless(state, APPLIED)
    return moved(state, DECLINED)


def withdraw(state: LoanState) -> LoanState:
    """The borrower does not want it any more."""
    refuse_unless(state, APPLIED, APPROVED)
    return moved(state, WITHDRAWN)


def disburse(state: LoanState, today: date) -> LoanState:
    """The money is paid out: the whole principal is outstanding; the ledger posts it as `disbursement`."""
    refuse_unless(state, APPROVED)
    terms = replace(state.terms, starts_on=today)
    check_terms(terms.principal, terms.rate, terms.instalments)
    return replace(state, stage=ACTIVE, terms=terms, principal=terms.principal, disbursed=terms.principal)


def demand(state: LoanState) -> tuple[LoanState, int]:
    """The next instalment falls due; the interest to post, 0 while the loan does not accrue.

    Ask `next_due` first: demanding nothing is refused.
    """
    due = state.next_due
    if due is None:
        raise Refused("nothing_due", "No instalment of this loan is to come.")
    interest, principal = state.next_parts()
    on_books = state.stage == ACTIVE
    one = Demand(due, interest if on_books else 0, principal, 0 if on_books else interest)
    demands = (*state.demands, one) if one.left else state.demands
    after = replace(state, demands=demands, made=(*state.made, (interest, principal)))
    return after, one.interest


def as_of(state: LoanState, today: date) -> LoanState:
    """The state with every due date up to `today` demanded, as the next evening will store it: for pages."""
    while (due := state.next_due) and due <= today:
        state, _ = demand(state)
    return state


def allocate(state: LoanState, amount: int, today: date) -> Split:
    """How a repayment is used: fees, interest due oldest first, principal due oldest first, then principal.

    Refused: nothing, more than ends the loan today, or all principal without the interest since the last due date.
    """
    refuse_unless(state, *LIVE)
    refuse_unless_amount(amount)
    payoff = state.payoff(today)
    if amount > payoff:
        raise Refused("overpaid", f"Not more than {_shown(payoff, state)} is owed on this day.", "amount")
    if amount >= state.owed and amount < payoff:
        raise Refused("payoff", f"To pay the loan off on this day, pay {_shown(payoff, state)}.", "amount")
    left, parts = amount, []
    for owed in (state.fees, state.interest_due, state.suspended, state.principal_due, state.not_due):
        parts.append(min(left, owed))
        left -= parts[-1]
    return Split(parts[0], parts[1], parts[2], parts[3], parts[4], accrued=left)


def repay(state: LoanState, amount: int, today: date) -> tuple[LoanState, Split]:
    """The state after a repayment, which the ledger posts as `repayment`; closed when nothing is left.

    Interest is paid over all demands before principal of any of them. A non-accrual loan that is
    brought current accrues again. `unposted` above zero: call `post_income` next.
    """
    split = allocate(state, amount, today)
    demands = _paid(state.demands, split.interest, split.suspended, split.principal_due)
    started, open_ = state.terms.due(0), {one.due for one in demands}
    cleared = [one for one in state.demands if one.due > started and one.due not in open_]
    after = replace(
        state,
        principal=state.principal - split.principal,
        fees=state.fees - split.fees,
        demands=demands,
        unposted=state.unposted + split.suspended + split.accrued,
        repaid=state.repaid + split.principal,
        interest_paid=state.interest_paid + split.all_interest,
        fees_paid=state.fees_paid + split.fees,
        worst=max(state.worst, state.days_past_due(today)),
        probation=max(0, state.probation - len(cleared)),
    )
    return _closed(_accruing(after)), split


def post_income(state: LoanState) -> tuple[LoanState, int]:
    """The interest that was paid becomes income, posted as `interest`; after a charge-off cash, as `recovery`."""
    if not state.unposted:
        raise Refused("no_income", "No income waits to be posted.")
    return _closed(replace(state, unposted=0)), state.unposted


def charge_fee(state: LoanState, amount: int) -> LoanState:
    """A fee is owed from now on; the ledger posts it as `fee`."""
    refuse_unless(state, *LIVE)
    refuse_unless_amount(amount)
    if not state.principal:
        raise Refused("repaid", "This loan is repaid.")
    return replace(state, fees=state.fees + amount)


def fees_borne(state: LoanState) -> int:
    """All fees the loan ever bore, paid or owed; what was taken back is not among them."""
    return state.fees + state.fees_paid


def refuse_more_fees(state: LoanState, amount: int, most: int) -> None:
    """Refuse a fee with which the loan would have borne more than this in all."""
    borne = fees_borne(state)
    if borne + amount > most:
        left = f"{_shown(max(0, most - borne), state)} more" if most > borne else "nothing more"
        why = f"A loan bears at most {_shown(most, state)} in fees; this one may be charged {left}."
        raise Refused("fees_in_all", why, "amount")


def missed(state: LoanState, today: date, grace: int) -> Demand | None:
    """The oldest instalment that bears a late fee: principal of it is unpaid more than `grace` days after its due date.

    One instalment bears one. None is charged while the loan does not accrue, on interest after the last instalment,
    nor where all that is short is what earlier fees took first: late fees never breed late fees (16 CFR 444.4).
    """
    short = 0
    for one in state.demands if state.stage == ACTIVE else ():
        short += one.left
        if one.principal and not one.fined and (today - one.due).days > grace and short > state.fees_paid:
            return one
    return None


def charge_late_fee(state: LoanState, amount: int, today: date, grace: int) -> LoanState:
    """The late fee of the instalment that is `missed`; the ledger posts it as `fee`."""
    late = missed(state, today, grace)
    if late is None:
        raise Refused("not_missed", "No instalment of this loan bears a late fee.")
    demands = tuple(replace(one, fined=True) if one == late else one for one in state.demands)
    return replace(charge_fee(state, amount), demands=demands)


def take_back_fee(state: LoanState, amount: int, today: date) -> tuple[LoanState, Split]:
    """A fee was wrong, which the ledger posts as `reversal`; the state as if it had never been charged.

    What of it is unpaid is not owed any more. What of it was paid pays what else is owed, in the order of a
    repayment, and is returned as such; refused when that is more than what is owed.
    """
    refuse_unless(state, *LIVE)
    refuse_unless_amount(amount)
    unpaid = min(amount, state.fees)
    paid, waived = amount - unpaid, replace(state, fees=state.fees - unpaid)
    if not paid:
        return _closed(waived), Split()
    if paid > state.fees_paid or (paid >= waived.owed and paid != waived.payoff(today)):
        raise Refused("fee_paid", "This fee was paid, and no more than it is still owed: pay the loan off first.")
    after, split = repay(replace(waived, fees_paid=state.fees_paid - paid), paid, today)
    return after, split


def aged(state: LoanState, today: date) -> LoanState:
    """The state with its worst arrears up to date; the very same when nothing changed."""
    late = state.days_past_due(today)
    return replace(state, worst=late) if late > state.worst else state


def must_stop_accruing(state: LoanState, today: date, after: int = NON_ACCRUAL_DAYS) -> bool:
    """Whether the loan is so late that its interest may no longer count as income."""
    return state.stage == ACTIVE and state.days_past_due(today) >= after


def stop_accruing(state: LoanState) -> tuple[LoanState, int]:
    """The loan goes to non-accrual; returns the interest on the books that nobody paid, to be reversed.

    FFIEC call report instructions (nonaccrual): accrued but uncollected interest is reversed; afterwards interest
    is income when it is paid (cash basis). What the borrower owes does not change.
    """
    refuse_unless(state, ACTIVE)
    reversed_ = state.interest_due
    demands = tuple(replace(one, interest=0, suspended=one.suspended + one.interest) for one in state.demands)
    return replace(state, stage=NON_ACCRUAL, demands=demands), reversed_


def _paid(demands: tuple[Demand, ...], interest: int, suspended: int, principal: int) -> tuple[Demand, ...]:
    left = []
    for one in demands:
        i, s, p = min(interest, one.interest), min(suspended, one.suspended), min(principal, one.principal)
        interest, suspended, principal = interest - i, suspended - s, principal - p
        rest = replace(one, interest=one.interest - i, principal=one.principal - p, suspended=one.suspended - s)
        if rest.left:
            left.append(rest)
    return tuple(left)


def _accruing(state: LoanState) -> LoanState:
    current = state.stage == NON_ACCRUAL and not state.demands and not state.probation
    return moved(state, ACTIVE) if current else state


def _closed(state: LoanState) -> LoanState:
    over = state.is_live and not (state.principal or state.fees or state.demands or state.unposted)
    return replace(state, stage=CLOSED, probation=0) if over else state


def refuse_unless(state: LoanState, *stages: str) -> None:
    """Refused when the loan is in another stage."""
    if state.stage not in stages:
        raise Refused("stage", f"This loan is {state.stage.replace('_', ' ')}; this cannot be done to it.")


def refuse_unless_amount(amount: object) -> None:
    """Refused when it is not a positive whole number within the bank's limit."""
    if not (is_whole(amount) and 0 < amount <= MAX_MINOR):
        raise Refused("amount", "The amount must be greater than zero and within the bank's limit.", "amount")


def _shown(amount: int, state: LoanState) -> str:
    return f"{format_amount(amount, state.currency)} {state.currency}"
