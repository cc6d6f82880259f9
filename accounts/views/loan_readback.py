"""What is read once more before money moves on a loan: the fee as it will be owed, the recovery as booked."""

from django import forms

from accounts.customer_texts import LOAN_FEES
from accounts.ledger import Refused
from accounts.loans.remedies import recover
from accounts.models import User
from accounts.models.loans import Loan
from accounts.queries.people import users
from accounts.services.loans.fees import check_loan_fee
from accounts.services.loans.till import Payment, rule_over
from cloudbank.clock import utcnow
from cloudbank.money import format_amount

Fact = tuple[str, str, str]
_DOTS = chr(0x2022) * 4


def label_of(loan: Loan) -> str:
    """ "Loan \u2022\u2022\u2022\u2022 1234"."""
    return f"Loan {_DOTS} {loan.loan_id[-4:]}"


def label_of_account(loan: Loan) -> str:
    """The deposit account of the loan."""
    return f"{_DOTS} {loan.pays_to[-4:]}"


def money(minor: int, loan: Loan) -> str:
    """ "1,234.50 USD"."""
    return f"{format_amount(minor, loan.currency)} {loan.currency}"


def borrower_facts(loan: Loan) -> list[Fact]:
    """Which loan, whose."""
    owner: User | None = users([loan.owner_id or ""]).get(loan.owner_id or "")
    return [
        ("Loan", label_of(loan), ""),
        ("Borrower", owner.name if owner else "unknown", owner.email if owner else ""),
    ]


def fee_facts(loan: Loan, form: forms.Form) -> list[Fact]:
    """The fee as it will stand on the loan; refused when it may not be charged."""
    amount, reason, state = form.cleaned_data["amount"], form.cleaned_data["reason"], loan.loan()
    check_loan_fee(loan, amount, reason, utcnow())
    return [
        *borrower_facts(loan),
        ("On the statement", f"Fee: {LOAN_FEES[form.cleaned_data['told']]}", "the borrower reads it"),
        ("Why", reason, "kept inside the bank"),
        ("Fees owed afterwards", money(state.fees + amount, loan), f"{money(state.fees, loan)} now"),
        ("Due now, afterwards", money(state.due_now + amount, loan), "the next repayment pays fees first"),
    ]


def recovery_facts(loan: Loan, form: forms.Form) -> list[Fact]:
    """The recovery and what is owed after it; refused when it is more than that."""
    after = recover(loan.loan(), form.cleaned_data["amount"])
    minor, chosen = form.cleaned_data["amount"], form.cleaned_data["source"]
    rule = rule_over(Payment(loan.loan_id, minor, chosen, "", ""), loan.currency, utcnow())
    if rule and not form.cleaned_data["reason"].strip():
        raise Refused("reason", "A manager must approve this cash. Say what they should know.", "reason")
    source = dict(form.fields["source"].choices)[chosen]  # type: ignore[attr-defined]
    return [
        *borrower_facts(loan),
        ("From", source, ""),
        ("Needs", "A manager's approval" if rule else "", rule.says if rule else ""),
        ("Owed afterwards", money(after.claim, loan), f"{money(loan.loan().claim, loan)} now"),
    ]
