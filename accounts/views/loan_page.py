"""One loan: what is owed, what is next; the schedule, the movements, the terms and, for staff, the history."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.generic import View

from accounts.audit_words import sentence
from accounts.forms.loans import WORDS, bucket_in_words
from accounts.http import person
from accounts.ledger import CHARGE_OFF, DISBURSEMENT, FEE, INTEREST, RECOVERY, REPAYMENT, REVERSAL
from accounts.loans.servicing import as_of
from accounts.loans.state import APPLIED, APPROVED, CHARGED_OFF, LIVE, LoanState, bucket
from accounts.loans.table import TO_COME, Row, rows
from accounts.models import Posting, User
from accounts.models.loans import Loan
from accounts.names import type_name
from accounts.queries.audit_words import told
from accounts.queries.holds import reversed_among
from accounts.queries.ledger import history
from accounts.queries.loans import visible_loan
from accounts.queries.people import users
from accounts.services.loans.applications import DECIDE
from accounts.services.loans.postings import SERVICER
from accounts.services.loans.remedies import NEW_TERMS, WRITE_OFF
from accounts.views.access import AnyPermissionMixin
from accounts.views.loan_actions import actions_for
from accounts.views.loans import VIEW, late_fee_in_words, percent, title_of
from accounts.views.past_balance import statement_url
from accounts.views.receipts import memo_for, type_of
from cloudbank import approvals, audit
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import business_date
from cloudbank.money import format_amount
from cloudbank.wording import grouped

TABS = (("schedule", "Schedule"), ("movements", "Movements"), ("terms", "Terms"))
STAFF_TABS = (*TABS, ("history", "History"))
SAID = {
    DISBURSEMENT: "Paid out",
    REPAYMENT: "Repayment",
    FEE: "Fee",
    CHARGE_OFF: "Charged off",
    REVERSAL: "Fee taken back",
}
EVENTS = {
    "apply": "Asked for",
    "withdraw": "Withdrawn",
    "disburse": "Paid out",
    "demand": "Instalment fell due",
    "repay": "Repayment",
    "post_income": "Interest received",
    "stop_accruing": "Interest stopped: non-accrual",
    "age": "Moved to a later bucket",
    "charge_fee": "Fee charged",
    "late_fee": "Late fee charged",
    "take_back_fee": "Fee taken back",
    "restructure": "New terms",
    "charge_off": "Charged off",
    "recover": "Recovery",
    "refund_fee": "Fee paid back",
    "approve": "Approved",
    "decline": "Declined",
    "change_account": "Another account",
}
MOST = 200
SAID_ELSEWHERE = frozenset({"stage", "day", "movement", "approval", "offer"})
"""What the history of a loan leaves to its badges, dates and links."""
LOOKS = {"paid": "done", "part paid": "in progress", "overdue": "overdue", "due": "due soon", "to come": "pending"}


def loan_or_404(loan_id: str, viewer: User) -> Loan:
    """The loan this person may see; 404 for everybody else, as if it were not there."""
    found = visible_loan(loan_id, viewer)
    if found is None:
        raise Http404("no such loan")
    return found


def said(posting: Posting) -> str:
    """What a line of a loan's account was."""
    if posting.type == INTEREST:
        return "Interest" if posting.amount < 0 else "Interest reversed"
    type_ = type_of(posting)
    if type_ == RECOVERY:
        return "Recovery in cash" if posting.amount > 0 else "Recovery booked as income"
    return SAID.get(type_) or type_name(type_)


def due_note(loan: Loan, state: LoanState) -> str:
    """What is due now, in its parts: "fees 25.00, interest 50.00, principal 810.66"."""
    parts = (("fees", state.fees), ("interest", state.due_interest), ("principal", state.principal_due))
    return ", ".join(f"{name} {format_amount(part, loan.currency)}" for name, part in parts if part)


def shown_row(row: Row) -> dict[str, Any]:
    """A row of the schedule for the template."""
    return {"row": row, "look": LOOKS[row.status], "word": row.status.capitalize(), "past": row.status != TO_COME}


class LoanPage(AnyPermissionMixin, View):
    """`/loans/<loan_id>`: to a stranger it is not there."""

    permission_required = VIEW

    def get(self, request: HttpRequest, loan_id: str) -> HttpResponse:
        """The tab that is asked for."""
        viewer = person(request)
        loan = loan_or_404(loan_id, viewer)
        staff = request.user.has_perm("accounts.view_any_loan")
        tabs = STAFF_TABS if staff else TABS
        tab = request.GET.get("tab", "schedule")
        tab = tab if tab in dict(tabs) else "schedule"
        known = self.head(loan, viewer, staff) | {"tab": tab, "tabs": tabs} | getattr(self, tab)(loan, staff)
        return render(request, "accounts/loan.html", known)

    def head(self, loan: Loan, viewer: User, staff: bool) -> dict[str, Any]:
        """What stands above every tab."""
        today = business_date(utcnow())
        state = as_of(loan.loan(), today)
        late = state.days_past_due(today)
        whole = state.disbursed + state.capitalised
        repaid = (
            f"{format_amount(state.repaid, loan.currency)} of {format_amount(whole, loan.currency)} {loan.currency}"
        )
        return {
            "loan": loan,
            "state": state,
            "title": title_of(loan),
            "word": WORDS[loan.stage],
            "staff": staff,
            "owner": users([loan.owner_id or ""]).get(loan.owner_id or "") if staff else None,
            "late": late,
            "bucket": bucket_in_words(bucket(late)),
            "live": loan.stage in LIVE,
            "due_note": due_note(loan, state),
            "is_applied": loan.stage == APPLIED,
            "is_approved": loan.stage == APPROVED,
            "is_gone": loan.stage == CHARGED_OFF,
            "next_amount": sum(state.next_parts()) if state.next_due else 0,
            "payoff": state.payoff(today) if loan.stage in LIVE else 0,
            "share": round(100 * state.repaid / whole) if whole else 0,
            "repaid_note": repaid,
            "rate": percent(state.terms.rate),
            "actions": actions_for(loan, self.request),
            "requests": self.requests(loan) if staff else [],
            "may_pay": loan.stage in LIVE
            and (loan.owner_id == viewer.user_id or self.request.user.has_perm("accounts.post_any_movement")),
        }

    def requests(self, loan: Loan) -> list[Any]:
        """What waits for a second person."""
        return approvals.open_about(audit.subject_of(loan), utcnow(), DECIDE, NEW_TERMS, WRITE_OFF)

    def schedule(self, loan: Loan, staff: bool) -> dict[str, Any]:
        """Paid, due and to come."""
        today = business_date(utcnow())
        return {"rows": [shown_row(row) for row in rows(as_of(loan.loan(), today), today)]}

    def movements(self, loan: Loan, staff: bool) -> dict[str, Any]:
        """The postings of its account, newest first."""
        found = history(loan.loan_id, limit=MOST)
        taken_back = reversed_among(one.movement_id for one in found.rows)
        lines = [
            {
                "what": said(one),
                "memo": memo_for(one, staff=staff),
                "reversed": one.movement_id in taken_back,
                "at": from_iso(one.posted_at),
                "amount": one.amount,
                "owed": -one.balance_after,
                "url": reverse("receipt", args=[one.movement_id]),
            }
            for one in found.rows
        ]
        return {"lines": lines, "more": bool(found.cursor), "statement_url": statement_url(loan.loan_id)}

    def terms(self, loan: Loan, staff: bool) -> dict[str, Any]:
        """What was agreed, what was paid."""
        state, unit = loan.loan(), loan.currency

        def money(minor: int) -> str:
            return f"{format_amount(minor, unit)} {unit}"

        facts = [
            ("Amount", money(state.terms.principal), loan.purpose),
            ("Rate", f"{percent(state.terms.rate)} a year", "on the declining balance"),
            ("Instalments", f"{state.terms.instalments} monthly", f"of {money(state.terms.instalment)}"),
            ("Late fee", *late_fee_in_words(unit)),
            ("Account", grouped(loan.pays_to), "instalments are taken from it" if loan.collects else "paid out to it"),
            ("Paid out on", loan.disbursed_on, ""),
            ("Principal repaid", money(state.repaid), ""),
            ("Interest paid", money(state.interest_paid), ""),
            ("Fees paid", money(state.fees_paid) if state.fees_paid else "", ""),
            ("New terms", f"{state.restructured} times" if state.restructured else "", ""),
            ("Interest added", money(state.capitalised) if state.capitalised else "", "to the principal"),
            ("Declared income", money(loan.monthly_income) if staff and loan.monthly_income else "", "a month"),
            ("Worst arrears", f"{state.worst} days" if staff and state.disbursed else "", ""),
            ("Recovered", money(state.recovered) if state.recovered else "", "after the charge-off"),
        ]
        return {"facts": [fact for fact in facts if fact[1]]}

    def history(self, loan: Loan, staff: bool) -> dict[str, Any]:
        """Every change with who and why."""
        subject = audit.subject_of(loan)
        records = audit.AuditRecord.by_subject.query(subject, scan_index_forward=False, limit=MOST)
        events = [
            {
                "what": EVENTS.get(one.record.action) or one.what,
                "who": "The bank's evening run" if one.record.actor_id == SERVICER.user_id else one.who,
                "at": from_iso(one.record.at),
                "why": one.record.reason,
                "stage": WORDS.get(str(one.record.after.get("stage", "")), ""),
                "changes": [sentence(change) for change in one.changes if change[0] not in SAID_ELSEWHERE],
            }
            for one in told(list(records))
        ]
        return {"events": events}
