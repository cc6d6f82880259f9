"""A running loan: its due dates, repayments, the evening's work. What is posted is posted once, whoever sets it off."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime

from accounts.ledger import REPAYMENT, SYSTEM, Actor, Refused
from accounts.loans import servicing
from accounts.loans.state import ACTIVE, LIVE, LoanState, bucket
from accounts.models.loans import Loan
from accounts.queries.loans import awaiting_income, needing_service
from accounts.services.loans.fees import charge_late_fees
from accounts.services.loans.postings import (
    CHANGED,
    SERVICER,
    LoanChange,
    existing,
    instruct,
    post_demand,
    post_income,
    post_stop,
    posted,
    saved,
)
from accounts.services.posting import Busy, NotKnownYet, Receipt
from cloudbank import parameters, store
from cloudbank.conf import business_date
from cloudbank.parameters import Parameter, declare

TRIES = 8
NON_ACCRUAL = declare(
    Parameter(
        code="loan.non_accrual_days",
        label="Days past due until a loan stops accruing interest",
        kind="days",
        default=servicing.NON_ACCRUAL_DAYS,
        source="FFIEC call report instructions, nonaccrual status",
        minimum=30,
        maximum=180,
    )
)


def caught_up(*, loan_id: str, day: date, now: datetime) -> Loan:
    """The loan with every due date up to `day` demanded and every paid interest booked."""
    misses = 0
    while misses < TRIES:
        loan = existing(loan_id)
        state = loan.loan()
        try:
            if state.unposted:
                post_income(loan=loan, day=day, now=now)
            elif state.next_due and state.next_due <= day:
                post_demand(loan=loan, day=day, now=now)
            else:
                return loan
            misses = misses if existing(loan_id).version != loan.version else misses + 1
        except Refused as refused:
            if refused.code != CHANGED:
                raise
            misses += 1
    raise Busy("Somebody else is changing this loan just now. Try again.")


def repay_loan(
    *, loan_id: str, amount: int, source: str, key: str, actor: Actor, channel: str, now: datetime, branch: str = ""
) -> Receipt:
    """Pay from a deposit account, or from house:cash at the counter. Raises as `post` does.

    What is not booked when the process dies right after (interest that was paid) is booked by the evening.
    """
    day = business_date(now)
    loan = caught_up(loan_id=loan_id, day=day, now=now)
    receipt = _repay(loan, amount, source, key, actor, channel, day, now, branch)
    with suppress(Busy, NotKnownYet, store.StoreError):  # the payment stands; the evening books the rest
        caught_up(loan_id=loan_id, day=day, now=now)
    return receipt


def _repay(
    loan: Loan,
    amount: int,
    source: str,
    key: str,
    actor: Actor,
    channel: str,
    day: date,
    now: datetime,
    branch: str = "",
) -> Receipt:
    def change(state: LoanState) -> tuple[LoanState, int]:
        after, split = servicing.repay(state, amount, day)
        return after, split.total

    instruction = instruct(
        loan,
        REPAYMENT,
        key,
        amount,
        source,
        loan.loan_id,
        actor=actor,
        channel=channel,
        branch=branch or loan.branch,
        memo=f"Loan {loan.loan_id[-4:]}",
    )
    companion = LoanChange(loan.loan_id, amount, change, "repay", actor, now)
    return posted(instruction, companion, now=now, day=day)


def non_accrual_days(now: datetime) -> int:
    """Days past due until a loan stops accruing."""
    return parameters.snapshot(now).number(NON_ACCRUAL.code)


def due_on(day: date) -> Iterator[str]:
    """Ids of the loans that have something to be done on the evening of `day`."""
    for stage in LIVE:
        yield from list(needing_service(stage, day))
    yield from list(awaiting_income())


def service_loan(*, loan_id: str, day: date, currency: str, now: datetime) -> list[str]:
    """The evening's work on one loan, in order; what was done. Run again, it finds nothing left to do."""
    before = existing(loan_id)
    if before.currency != currency:
        return []
    done = []
    loan = caught_up(loan_id=loan_id, day=day, now=now)
    if loan.version != before.version:
        done.append("demanded")
    if loan.collects and loan.loan().due_now and _collected(loan, day, now):
        done.append("collected")
        loan = caught_up(loan_id=loan_id, day=day, now=now)
    if charge_late_fees(loan_id=loan_id, day=day, now=now):
        done.append("fined")
        loan = existing(loan_id)
    if servicing.must_stop_accruing(loan.loan(), day, non_accrual_days(now)):
        stop_accruing(loan_id=loan_id, day=day, now=now, reason="past due")
        done.append("stopped")
    elif _aged(loan, day, now):
        done.append("aged")
    return done


def _collected(loan: Loan, day: date, now: datetime) -> bool:
    """Whether what is due could be taken from the borrower's account; tried again every evening."""
    state = loan.loan()
    oldest = state.demands[0].due if state.demands else day
    key = f"collect#{loan.loan_id}#{oldest}#{day}"
    amount = state.due_now if state.not_due else state.payoff(day)  # the last one with the interest up to today
    try:
        _repay(loan, amount, loan.pays_to, key, SERVICER, SYSTEM, day, now)
    except Refused:
        return False  # no funds, or an account that gives nothing: the loan falls into arrears
    return True


def _aged(loan: Loan, day: date, now: datetime) -> bool:
    """Keep the worst arrears when they reach another bucket; between buckets nothing is written."""

    def change(state: LoanState) -> tuple[LoanState, int]:
        return servicing.aged(state, day), 0

    late, worst = loan.loan().days_past_due(day), loan.loan().worst
    if late <= worst or bucket(late) == bucket(worst):
        return False
    return saved(loan, change, "age", day=day, actor=SERVICER, now=now)


def stop_accruing(*, loan_id: str, day: date, now: datetime, reason: str) -> Loan:
    """The loan, not accruing any more: interest that nobody paid is taken back. Doing it twice changes nothing."""
    for attempt in range(TRIES):
        loan = existing(loan_id)
        if loan.stage != ACTIVE:
            return loan
        try:
            post_stop(loan=loan, day=day, now=now, reason=reason)
        except Refused as refused:
            if refused.code != CHANGED:
                raise
            store.pause(attempt)
    raise Busy("Somebody else is changing this loan just now. Try again.")
