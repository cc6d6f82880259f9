"""Fees on loans: of staff with a reason, of the evening for a missed instalment; taken back by a reversal."""

from datetime import UTC, date, datetime, time

from accounts.customer_texts import LOAN_FEES, SERVICE, in_words
from accounts.ledger import FEE, FEE_INCOME, Actor, Refused
from accounts.loans import servicing
from accounts.loans.state import LoanState
from accounts.models.loans import Loan
from accounts.parameters import LATE_FEE, LATE_FEE_GRACE, LOAN_FEE_MOST, LOAN_FEES_MOST
from accounts.services.loans.postings import CHANGED, SERVICER, LoanChange, existing, instruct, post_fee, posted
from accounts.services.posting import Receipt
from cloudbank import parameters
from cloudbank.conf import business_date
from cloudbank.money import format_amount


def charge_loan_fee(
    *, loan_id: str, amount: int, reason: str, told: str = SERVICE, key: str, actor: Actor, now: datetime
) -> Receipt:
    """A fee that the borrower owes from now on. Raises as `post` does.

    `reason` stays inside the bank, `told` (a code of customer_texts.LOAN_FEES) stands on the statement.
    """
    loan = existing(loan_id)
    _check_one(loan, amount, reason, now)
    memo = f"Fee: {in_words(LOAN_FEES, told)}"
    return post_fee(
        loan=loan,
        most=most_fees(loan.currency, now),
        amount=amount,
        key=key,
        reason=reason,
        memo=memo,
        actor=actor,
        day=business_date(now),
        now=now,
    )


def check_loan_fee(loan: Loan, amount: int, reason: str, now: datetime) -> None:
    """Refuse a fee without its reason or above what staff may charge, alone or with those before: for the read-back.

    What the loan bears in all is decided again in the transaction, where the same form sent twice is one fee.
    """
    _check_one(loan, amount, reason, now)
    servicing.refuse_more_fees(loan.loan(), amount, most_fees(loan.currency, now))


def _check_one(loan: Loan, amount: int, reason: str, now: datetime) -> None:
    if not reason.strip():
        raise Refused("reason", "Say why; the borrower does not read it.", "reason")
    most = parameters.snapshot(now).money(LOAN_FEE_MOST.code, loan.currency)
    if amount > most:
        limit = f"{format_amount(most, loan.currency)} {loan.currency}"
        raise Refused("amount", f"A fee on a loan is at most {limit}; a larger one needs another threshold.", "amount")


def most_fees(currency: str, now: datetime) -> int:
    """What one loan may bear in fees in all, of staff and of the evening, in minor units."""
    return parameters.snapshot(now).money(LOAN_FEES_MOST.code, currency)


def late_fee(currency: str, day: date) -> tuple[int, int]:
    """(minor units, days of grace) of the late fee in force on a day; 0: none is charged."""
    values = parameters.snapshot(datetime.combine(day, time(), UTC))
    return values.money(LATE_FEE.code, currency), values.number(LATE_FEE_GRACE.code)


def charge_late_fees(*, loan_id: str, day: date, now: datetime) -> int:
    """The late fee of every instalment that was missed, each once for ever; how many were charged."""
    charged = 0
    while _charged_one(existing(loan_id), day, now):
        charged += 1
    return charged


def _charged_one(loan: Loan, day: date, now: datetime) -> bool:
    amount, grace = late_fee(loan.currency, day)
    state = loan.loan()
    late = servicing.missed(state, day, grace)
    if late is None or not amount or servicing.fees_borne(state) + amount > most_fees(loan.currency, now):
        return False

    def change(state: LoanState) -> tuple[LoanState, int]:
        return servicing.charge_late_fee(state, amount, day, grace), amount

    key, memo = f"late_fee#{loan.loan_id}#{state.restructured}#{late.due}", f"Late fee, instalment due {late.due}"
    instruction = instruct(loan, FEE, key, amount, loan.loan_id, FEE_INCOME, memo=memo)
    companion = LoanChange(loan.loan_id, amount, change, "late_fee", SERVICER, now, expects=state)
    try:
        posted(instruction, companion, now=now, day=day)
    except Refused as refused:
        if refused.code != CHANGED:
            raise
        return False  # somebody is paying it just now; the next evening looks again
    return True
