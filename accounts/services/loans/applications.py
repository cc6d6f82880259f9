"""A loan until it is paid out: asked for, decided by a second person, taken back. Each change with its audit record."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from accounts import numbers
from accounts.ledger import ACTIVE, LOAN, Actor, Refused
from accounts.loans import servicing
from accounts.loans.products import PRODUCTS, LoanProduct
from accounts.loans.schedule import MAX_RATE, schedule, summary
from accounts.loans.state import APPLIED, WITHDRAWN, LoanState, Terms, applied
from accounts.models import DepositAccount, User
from accounts.models.loans import Loan, shown_change
from accounts.models.people import VERIFIED
from accounts.parameters import POLICY
from accounts.services.flows import decision_flow
from accounts.services.loans.postings import change_writes, existing, post_disbursement
from accounts.services.posting import Busy, Receipt
from accounts.totals import LOANS_APPROVED, LOANS_DECLINED
from cloudbank import approvals, audit, parameters, store
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.audit import subject_of
from cloudbank.clock import iso
from cloudbank.conf import business_date
from cloudbank.money import format_amount
from cloudbank.parameters import Parameter, declare

DECIDE = "loan"
APPLY, MAY_DECIDE = "accounts.apply_for_loan", "accounts.decide_loan"
ATTEMPTS = 8

for _product in PRODUCTS.values():
    declare(
        Parameter(
            code=_product.rate_parameter,
            label=f"{_product.label}: yearly rate of new loans",
            kind="int",
            default=_product.rate,
            maximum=MAX_RATE,
            unit="basis points",
            source="bank policy; ceiling 36 % (10 USC 987)",
        )
    )
    for _code, _which, _amount in zip(
        _product.amount_parameters, ("smallest", "largest"), (_product.minimum, _product.maximum), strict=True
    ):
        declare(Parameter(_code, f"{_product.label}: {_which} amount", "money", _amount, POLICY, 100, 10**12))


def rate_of(product: LoanProduct, now: datetime) -> int:
    """Today's rate of new loans, basis points a year."""
    return parameters.snapshot(now).number(product.rate_parameter)


def bounds_of(product: LoanProduct, currency: str, now: datetime) -> tuple[int, int]:
    """The smallest and the largest amount of new loans today, in minor units of the currency."""
    values, (low, high) = parameters.snapshot(now), product.amount_parameters
    return values.money(low, currency), values.money(high, currency)


def product_of(code: str) -> LoanProduct:
    """The product; refused when the bank does not offer it."""
    if code not in PRODUCTS:
        raise Refused("offer", "Choose one of the bank's loans.", "offer")
    return PRODUCTS[code]


def quote(offer: str, amount: int, instalments: int, currency: str, now: datetime) -> Terms:
    """What the bank offers today for this; refused when it does not."""
    product = product_of(offer)
    rate = rate_of(product, now)
    product.check(amount, rate, instalments, currency, bounds_of(product, currency, now))
    return Terms(amount, rate, instalments)


@dataclass(frozen=True)
class Application:
    """What a borrower asks for. Amounts in minor units of the currency of `pays_to`, instalments in months."""

    offer: str
    amount: int
    instalments: int
    purpose: str
    monthly_income: int
    pays_to: str
    collects: bool

    def is_of(self, loan: Loan) -> bool:
        """Whether the loan was asked for with exactly this."""
        terms = loan.loan().terms
        there = (loan.offer, terms.principal, terms.instalments, loan.purpose, loan.monthly_income, loan.pays_to)
        return (*there, bool(loan.collects)) == tuple(vars(self).values())


def apply_for_loan(*, owner: User, application: Application, key: str, actor: Actor, name: str, now: datetime) -> Loan:
    """Ask for a loan; the same form asks once. The decision is another person's, in the approvals inbox.

    Raises Refused, approvals.NotAllowed, Busy.
    """
    loan_id = numbers.derive(owner.user_id, "loan", key)
    loan = store.get(Loan, loan_id) or _stored_once(_asked_for(loan_id, owner, application, actor, now), actor, now)
    if not application.is_of(loan):
        raise Refused("key_reused", "This form was sent before and meant another loan. Open it again.")
    if loan.stage == APPLIED:
        send_for_decision(loan=loan, key=loan_id, actor=actor, name=name, now=now)
    return loan


def _asked_for(loan_id: str, owner: User, application: Application, actor: Actor, now: datetime) -> Loan:
    """The loan as it is stored first; refused when the bank does not offer it to this person."""
    account = _receiving(owner, application.pays_to)
    terms = quote(application.offer, application.amount, application.instalments, account.currency, now)
    loan = Loan(
        account_id=loan_id,
        owner_id=owner.user_id,
        product=LOAN,
        currency=account.currency,
        branch=owner.branch,
        opened_at=iso(now),
        opened_on=business_date(now).isoformat(),
        stage=APPLIED,
        offer=application.offer,
        purpose=application.purpose,
        monthly_income=application.monthly_income,
        pays_to=application.pays_to,
        collects="yes" if application.collects else "",
        entered_by=actor.user_id,
        parts={},
    )
    loan.put(applied(terms, account.currency), business_date(now))
    return loan


def _receiving(owner: User, account_id: str) -> DepositAccount:
    if owner.is_staff_member or owner.disabled or owner.kyc_status != VERIFIED:
        raise Refused("owner", "The bank lends to customers whose identity is verified.")
    account = store.get(DepositAccount, account_id)
    if account is None or account.owner_id != owner.user_id or account.status != ACTIVE:
        raise Refused("account", "Choose one of the borrower's open accounts.", "account")
    return account


def _stored_once(loan: Loan, actor: Actor, now: datetime) -> Loan:
    """Store a new application; who sends a form twice at once gets the first one."""
    _, after = shown_change(LoanState("", Terms(0, 0, 0)), loan.loan())
    entry = audit.record(loan, "apply", actor=actor, now=now, after=after | {"offer": loan.offer})
    writes = [store.stored(loan), entry]
    for attempt in range(ATTEMPTS):
        try:
            store.save(writes)
            return loan
        except store.ConditionFailed:
            found = store.get(Loan, loan.loan_id)
            if found is not None:
                return found
            raise Refused("key_reused", "This form was sent before. Open it again.") from None
        except (store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise Busy("The bank's books are busy just now. Send the form again; it asks only once.")


def send_for_decision(*, loan: Loan, key: str, actor: Actor, name: str, now: datetime) -> Approval:
    """Put the application into the inbox of those who decide on loans."""
    return approvals.ask(
        code=DECIDE,
        content={"loan_id": loan.loan_id, "since": loan.audit_head},
        about=subject_of(loan),
        key=key,
        reason=loan.purpose or PRODUCTS[loan.offer].label,
        actor=actor,
        name=name,
        now=now,
    )


def open_request(loan: Loan, code: str, now: datetime) -> Approval | None:
    """The request of this kind about this loan that waits for a decision, if any. One index query."""
    return approvals.open_one(subject_of(loan), now, code)


def withdraw_loan(*, loan_id: str, actor: Actor, name: str, now: datetime) -> Loan:
    """The borrower does not want it any more, before it is paid out. Doing it twice changes nothing."""
    for attempt in range(ATTEMPTS):
        loan = existing(loan_id)
        if loan.stage == WITHDRAWN:
            return loan
        after = servicing.withdraw(loan.loan())
        asked = open_request(loan, DECIDE, now)
        if asked and approvals.same_person(asked.maker_id, actor.user_id):
            approvals.withdraw(approval_id=asked.approval_id, actor=actor, name=name, now=now)  # withdraws the loan
            continue
        try:
            store.save(change_writes(loan, after, "withdraw", day=business_date(now), actor=actor, now=now))
            return loan
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise Busy("Somebody else is changing this loan just now. Try again.")


def disburse_loan(*, loan_id: str, actor: Actor, channel: str, now: datetime) -> Receipt:
    """Pay an approved loan out to the borrower's account, once. Raises as `post` does."""
    loan = existing(loan_id)
    return post_disbursement(loan=loan, actor=actor, channel=channel, day=business_date(now), now=now)


@approvals.effect(
    DECIDE,
    label="Loan application",
    icon="bank2",
    asks=APPLY,
    permission=MAY_DECIDE,
    valid_for=timedelta(days=60),
)
class DecideLoan(approvals.Effect):
    """Yes makes an offer that may be paid out; no declines it. Both in the transaction of the decision."""

    refusals = (Refused,)

    def shown(self, content: Any, now: datetime) -> Shown:
        """Who wants what, what it costs them a month, and what that is of their income."""
        loan = existing(content["loan_id"])
        owner = store.get(User, loan.owner_id or "")
        name = owner.name if owner else "an unknown customer"
        terms = loan.loan().terms
        said = summary(schedule(terms.principal, terms.rate, terms.instalments, business_date(now)))

        def shown(minor: int) -> str:
            return f"{format_amount(minor, loan.currency)} {loan.currency}"

        income = loan.monthly_income
        share = f"{said.instalment / income:.0%} of a declared income of {shown(income)}" if income else ""
        return Shown(
            f"{PRODUCTS[loan.offer].label} of {shown(terms.principal)} for {name}",
            facts=[
                ("Borrower", name, loan.owner_id or ""),
                ("Amount", shown(terms.principal), loan.purpose),
                ("Rate", f"{terms.rate / 100:.2f} % a year", f"{terms.instalments} monthly instalments"),
                ("Instalment", shown(said.instalment), share or "no income declared"),
                ("Interest in all", shown(said.interest), f"{shown(said.total)} to be repaid"),
                ("Paid out to", numbers.grouped(loan.pays_to), ""),
            ],
            changes=[("State", "Applied", "Approved: may be paid out")],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """Only as long as the application is what was asked about."""
        servicing.approve(_same(request).loan())

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """An offer, in the transaction of the decision."""
        loan = _same(request)
        _decided(loan, request, actor, now)
        after = servicing.approve(loan.loan())
        writes = change_writes(
            loan, after, "approve", day=business_date(now), actor=actor, now=now, request=request.approval_id
        )
        counted = decision_flow(business_date(now), loan.currency, loan.loan_id, LOANS_APPROVED)
        return Outcome("Approved; it can be paid out.", self.link(request.content)[1], [*writes, counted])

    def turn_down(self, request: Approval, *, state: str, actor: Any, now: datetime) -> list[store.Write]:
        """Declined, or withdrawn by who asked. A loan that has moved on meanwhile stays as it is."""
        loan = store.get(Loan, request.content["loan_id"])
        if loan is None or loan.stage != APPLIED:
            return []
        _decided(loan, request, actor, now)
        taken_back = state == approvals.WITHDRAWN
        after = servicing.withdraw(loan.loan()) if taken_back else servicing.decline(loan.loan())
        action = "withdraw" if taken_back else "decline"
        day = business_date(now)
        writes = change_writes(loan, after, action, day=day, actor=actor, now=now, reason=request.note)
        return writes if taken_back else [*writes, decision_flow(day, loan.currency, loan.loan_id, LOANS_DECLINED)]

    def link(self, content: Any) -> tuple[str, str]:
        """The loan's page."""
        return "Open the loan", reverse("loan", args=[content["loan_id"]])


def _decided(loan: Loan, request: Approval, actor: Any, now: datetime) -> None:
    loan.decided_by, loan.decided_on = actor.user_id, business_date(now).isoformat()
    loan.decision_reason = request.note


def _same(request: Approval) -> Loan:
    loan = existing(request.content["loan_id"])
    if loan.audit_head != request.content["since"]:
        raise Refused("changed", "This loan was changed since the request was made. Ask again for what is now.")
    return loan
