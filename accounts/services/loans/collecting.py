"""The account of a loan: paid out to it, instalments taken from it. Another one, when that one is to be closed."""

from datetime import datetime

from accounts.ledger import ACTIVE, Actor, Refused
from accounts.loans.state import APPROVED, LIVE
from accounts.models import DepositAccount
from accounts.models.loans import Loan
from accounts.services.loans.postings import existing
from accounts.services.posting import Busy
from cloudbank import audit, store

ATTEMPTS = 8


def change_loan_account(*, loan_id: str, pays_to: str, collects: bool, actor: Actor, now: datetime) -> Loan:
    """Another account of the borrower for the loan, or whether instalments are taken from it. Raises Refused, Busy."""
    for attempt in range(ATTEMPTS):
        loan = existing(loan_id)
        if loan.stage not in (*LIVE, APPROVED):
            raise Refused("stage", "This loan needs no account.")
        chosen = {"pays_to": pays_to, "collects": "yes" if collects else ""}
        before = {name: getattr(loan, name) for name in chosen}
        if before == chosen:
            return loan
        account = store.get(DepositAccount, pays_to)
        if account is None or account.owner_id != loan.owner_id or account.status != ACTIVE:
            raise Refused("account", "Choose one of the borrower's open accounts.", "source")
        if account.currency != loan.currency:
            raise Refused("currency", f"The loan is in {loan.currency}; this account is not.", "source")
        loan.pays_to, loan.collects = chosen["pays_to"], chosen["collects"]
        entry = audit.record(loan, "change_account", actor=actor, now=now, before=before, after=chosen)
        try:
            store.save([store.changed(loan), entry])
            return loan
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise Busy("Somebody else is changing this loan just now. Try again.")
