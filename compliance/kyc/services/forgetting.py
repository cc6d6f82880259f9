"""Let go of a former customer's file: papers, owners and factors, when nothing asks the bank to keep them any more."""

from collections.abc import Sequence
from datetime import datetime

from accounts.ledger import Actor
from accounts.models import User
from cloudbank import audit, documents, store
from cloudbank.store import Write
from compliance.kyc.models import KycFile
from compliance.kyc.queries import file_of
from compliance.kyc.services.filing import change_file
from compliance.steps import NotAllowed


def forget_file(*, customer_id: str, reason: str, actor: Actor, now: datetime) -> None:
    """Delete the papers' bytes, then what the file says; that it was there stays with its audit trail.

    Holds are the caller's to ask. The bytes go first: who is interrupted finds the file here again and ends it.
    Raises NotAllowed while this is still a customer, documents.NotDeleted, Busy.
    """
    if not file_of(customer_id).version:
        return

    def change(kyc: KycFile, customer: User) -> Sequence[Write]:
        if customer.open_accounts or not customer.exited_on:
            raise NotAllowed("An account is open: this is still a customer.")
        if not (kyc.papers or kyc.owners or kyc.factors):
            return []
        for paper in kyc.all_papers():
            documents.delete_document(paper.stored)
        after = {"papers": [one.sha256 for one in kyc.all_papers()], "owners": len(kyc.owners)}
        kyc.papers, kyc.owners, kyc.factors, kyc.rated, kyc.no_owner = [], [], {}, {}, False
        customer.owner_names = None
        entries = [
            audit.record(one, "forget_kyc_file", actor=actor, now=now, after=after, reason=reason)
            for one in (kyc, customer)
        ]
        return [store.changed(customer), *entries]

    change_file(customer_id, change, now)
