"""Change a customer's file, and the customer with it, in one transaction with the audit records."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from accounts.ledger import Actor
from accounts.models import User
from cloudbank import store
from cloudbank.conf import bank_calendar
from cloudbank.roles import allows
from cloudbank.store import Write
from compliance.kyc.models import KycFile
from compliance.kyc.queries import customer, file_of
from compliance.queries import standing
from compliance.services.saving import Busy
from compliance.steps import NotAllowed

ATTEMPTS = 8
WORK, APPROVE, ADD_PAPER, OWN = (
    "accounts.verify_customer",
    "compliance.approve_kyc",
    "compliance.add_kyc_paper",
    "compliance.view_own_standing",
)
Change = Callable[[KycFile, User], Sequence[Write]]
"""(file, customer) -> what else is written, audit records first of all; nothing: all is so already."""


def change_file(customer_id: str, change: Change, now: datetime, *, seen: int | None = None) -> KycFile:
    """Load, change, save; again when somebody was faster. `seen`: the file's version that the person decided on.

    `change` says by its writes whether the customer is saved too. Raises NotAllowed, Busy, store.Unavailable.
    """
    written = ""
    for attempt in range(ATTEMPTS):
        person = customer(customer_id)
        if person is None:
            raise NotAllowed("There is no such customer.")
        kyc = file_of(customer_id)
        if written and kyc.audit_head == written:
            break  # the answer was lost, the write was not
        if seen is not None and kyc.version != seen:
            raise NotAllowed("Somebody changed this file while you were looking at it. Nothing was saved: look again.")
        writes = list(change(kyc, person))
        if not writes:
            return kyc
        kyc.file()
        written = kyc.audit_head
        try:
            store.save([store.stored(kyc), *writes])
            break
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    else:
        raise Busy("Somebody else is changing this customer just now. Try again.")
    standing.forget()
    return kyc


def may_work(actor: Actor) -> None:
    """Raise NotAllowed for who only looks."""
    if not allows(actor.role, WORK):
        raise NotAllowed("Your role may look at identities, but not decide on them.")


def today_of(now: datetime) -> date:
    """The calendar day on the bank's clock."""
    return bank_calendar().local(now).date()
