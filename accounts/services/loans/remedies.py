"""What the bank does when payments stay away. New terms and charge-offs need a second person; recoveries do not."""

from datetime import date, datetime
from typing import Any

from django.urls import reverse

from accounts import numbers
from accounts.ledger import (
    INTEREST,
    INTEREST_INCOME,
    Actor,
    Refused,
)
from accounts.loans import remedies
from accounts.loans.products import PRODUCTS
from accounts.loans.schedule import schedule, summary
from accounts.loans.state import LoanState
from accounts.models import User
from accounts.models.loans import Loan
from accounts.services.flows import capitalised_flow
from accounts.services.loans.postings import (
    LoanChange,
    change_writes,
    existing,
    instruct,
    post_charge_off,
    posted,
)
from accounts.services.loans.servicing import caught_up, stop_accruing
from accounts.services.posting import Busy, NotKnownYet
from cloudbank import approvals, parameters, store
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.audit import subject_of
from cloudbank.conf import business_date
from cloudbank.money import format_amount
from cloudbank.parameters import Parameter, declare

NEW_TERMS, WRITE_OFF = "loan_terms", "loan_charge_off"
WORK, MAY_DECIDE = "accounts.work_loan", "accounts.decide_loan"
CHARGE_OFF_AFTER = declare(
    Parameter(
        code="loan.charge_off_days",
        label="Days past due from which a loan is charged off for arrears",
        kind="days",
        default=remedies.CHARGE_OFF_DAYS,
        source="FFIEC uniform retail credit policy, 65 FR 36903: 120 closed-end, 180 open-end",
        minimum=30,
        maximum=365,
    )
)


def ask_restructure(
    *,
    loan_id: str,
    rate: int,
    instalments: int,
    capitalise: bool,
    reason: str,
    key: str,
    actor: Actor,
    name: str,
    now: datetime,
) -> Approval:
    """Ask for new terms. Raises Refused when they cannot be, approvals.NotAllowed."""
    loan = existing(loan_id)
    content = {"rate": rate, "instalments": instalments, "capitalise": "yes" if capitalise else ""}
    return _ask(NEW_TERMS, loan, content, reason, key, actor, name, now)


def ask_charge_off(
    *, loan_id: str, ground: str, reason: str, key: str, actor: Actor, name: str, now: datetime
) -> Approval:
    """Ask for a charge-off. Raises Refused when it cannot be, approvals.NotAllowed."""
    return _ask(WRITE_OFF, existing(loan_id), {"ground": ground}, reason, key, actor, name, now)


def _ask(
    code: str, loan: Loan, content: dict[str, Any], reason: str, key: str, actor: Actor, name: str, now: datetime
) -> Approval:
    return approvals.ask(
        code=code,
        content={"loan_id": loan.loan_id, "principal": loan.loan().principal, **content},
        about=subject_of(loan),
        key=key,
        reason=reason,
        actor=actor,
        name=name,
        now=now,
    )


class _Remedy(approvals.Effect):
    """A change of a running loan with postings of its own, carried out once."""

    refusals = (Refused,)
    doubts = (Busy, NotKnownYet)

    def link(self, content: Any) -> tuple[str, str]:
        """The loan's page."""
        return "Open the loan", reverse("loan", args=[content["loan_id"]])

    def _loan(self, request: Approval) -> Loan:
        """The loan as it was when it was asked about: no principal was paid since."""
        loan = existing(request.content["loan_id"])
        if loan.loan().principal != request.content["principal"]:
            raise Refused("changed", "Principal of this loan was paid since the request was made. Ask again.")
        return loan

    def begun(self, request: Approval) -> bool:
        """Whether the loan is changed; that its interest stopped before a charge-off stands by itself."""
        return request.approval_id in existing(request.content["loan_id"]).carried_out

    def facts(self, loan: Loan, now: datetime) -> list[tuple[str, str, str]]:
        """What both kinds of request show."""
        state, today = loan.loan(), business_date(now)
        owner = store.get(User, loan.owner_id or "")
        return [
            ("Loan", numbers.grouped(loan.loan_id), PRODUCTS[loan.offer].label),
            ("Borrower", owner.name if owner else "unknown", loan.owner_id or ""),
            ("Outstanding principal", _shown(state.principal, loan), f"of {_shown(state.disbursed, loan)} paid out"),
            (
                "Past due",
                f"{state.days_past_due(today)} days",
                f"{_shown(state.due_now, loan)} due, {_shown(state.due_interest, loan)} of it interest",
            ),
        ]


@approvals.effect(
    NEW_TERMS, label="New terms of a loan", icon="calendar-check", asks=WORK, permission=MAY_DECIDE, separately=True
)
class NewTerms(_Remedy):
    """Restructuring: the terms that were asked for, from what is outstanding on the day of the decision."""

    def shown(self, content: Any, now: datetime) -> Shown:
        """Old and new terms; refused when the new ones cannot be."""
        loan = existing(content["loan_id"])
        day = business_date(now)
        after, _ = _restructured(loan.loan(), content, day)
        old, new = loan.loan().terms, after.terms
        said = summary(schedule(new.principal, new.rate, new.instalments, new.due(1)))
        capital = "added to the principal" if content["capitalise"] else "due at once"
        return Shown(
            f"New terms for loan {numbers.masked(loan.loan_id)}",
            facts=[*self.facts(loan, now), ("Unpaid interest", capital, "of a non-accrual loan always due at once")],
            changes=[
                ("Rate", _percent(old.rate), _percent(new.rate)),
                ("Instalments", f"{old.instalments - len(loan.loan().made)} to come", str(new.instalments)),
                ("Each month", _shown(old.instalment, loan), _shown(said.instalment, loan)),
            ],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """As it is now."""
        _restructured(self._loan(request).loan(), request.content, business_date(now))

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """The new terms, with the interest of the days since the last due date."""
        done = Outcome("The loan has new terms.", self.link(request.content)[1])
        day = business_date(now)
        if request.approval_id in existing(request.content["loan_id"]).carried_out:
            return done
        caught_up(loan_id=request.content["loan_id"], day=day, now=now)
        loan = self._loan(request)
        _post_restructure(loan, request, actor, day, now)
        return done


def _restructured(state: LoanState, content: Any, day: date) -> tuple[LoanState, int]:
    if state.next_due is not None and state.next_due < day:
        day = state.next_due  # to be demanded before it is carried out; what is shown is as of then
    return remedies.restructure(
        state, day, rate=content["rate"], instalments=content["instalments"], capitalise=bool(content["capitalise"])
    )


def _post_restructure(loan: Loan, request: Approval, actor: Any, day: date, now: datetime) -> None:
    def change(state: LoanState) -> tuple[LoanState, int]:
        return _restructured(state, request.content, day)

    after, interest = change(loan.loan())
    if not interest:
        added = after.capitalised - loan.loan().capitalised
        known = {"reason": request.reason, "request": request.approval_id}
        writes = change_writes(loan, after, "restructure", day=day, actor=actor, now=now, **known)
        store.save([*writes, *([capitalised_flow(day, loan.currency, loan.loan_id, added)] if added else [])])
        return
    key = f"restructure#{request.approval_id}"
    instruction = instruct(
        loan, INTEREST, key, interest, loan.loan_id, INTEREST_INCOME, memo="Interest up to the new terms"
    )
    companion = LoanChange(
        loan.loan_id, interest, change, "restructure", actor, now, request.reason, request.approval_id, loan.loan()
    )
    posted(instruction, companion, now=now, day=day)


@approvals.effect(
    WRITE_OFF, label="Charge-off of a loan", icon="x-octagon", asks=WORK, permission=MAY_DECIDE, separately=True
)
class ChargeOff(_Remedy):
    """The loan leaves the books at a loss; what the borrower owes stays owed."""

    def shown(self, content: Any, now: datetime) -> Shown:
        """What is lost; refused when it is too early."""
        loan = existing(content["loan_id"])
        state, day = loan.loan(), business_date(now)
        remedies.refuse_charge_off(state, day, content["ground"], charge_off_days(now))
        loss = _shown(state.principal + state.fees, loan)
        return Shown(
            f"Charge off loan {numbers.masked(loan.loan_id)}: {loss}",
            facts=[
                *self.facts(loan, now),
                ("Ground", content["ground"].capitalize(), f"arrears: from {charge_off_days(now)} days past due"),
                ("Loss", loss, "principal and fees"),
                ("Interest reversed", _shown(state.interest_due, loan), "taken back from income"),
            ],
            changes=[("State", loan.stage.replace("_", "-").capitalize(), "Charged off")],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """As it is now."""
        state = self._loan(request).loan()
        remedies.refuse_charge_off(state, business_date(now), request.content["ground"], charge_off_days(now))

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """First the interest is taken back, then the loan leaves the books; each posting once."""
        done = Outcome("The loan is charged off.", self.link(request.content)[1])
        day = business_date(now)
        if request.approval_id in existing(request.content["loan_id"]).carried_out:
            return done
        loan = self._loan(request)
        remedies.refuse_charge_off(loan.loan(), day, request.content["ground"], charge_off_days(now))
        loan = stop_accruing(loan_id=loan.loan_id, day=day, now=now, reason=request.reason)
        post_charge_off(loan=loan, request=request.approval_id, reason=request.reason, actor=actor, day=day, now=now)
        return done


def charge_off_days(now: datetime) -> int:
    """Days past due from which a loan is charged off for arrears."""
    return parameters.snapshot(now).number(CHARGE_OFF_AFTER.code)


def _percent(rate: int) -> str:
    return f"{rate / 100:.2f} %"


def _shown(minor: int, loan: Loan) -> str:
    return f"{format_amount(minor, loan.currency)} {loan.currency}"
