"""Approvals (four eyes): what one person asks, another one decides, bound to the exact content.

To declare one, write a class beside the service it belongs to, in a module that the app imports at
start (`AppConfig.ready`):

    @approvals.effect(
        "unfreeze_account", label="Release a frozen account", icon="unlock",
        asks="accounts.freeze_account", permission="accounts.unfreeze_account",
    )
    class Release(approvals.Effect):
        refusals = (Refused,)                       # your own exceptions that mean "this cannot be done"

        def shown(self, content, now):              # plain words, sealed with the request
            return approvals.Shown("Release account ...", facts=[...], changes=[("Status", "Frozen", "Active")])

        def carry_out(self, request, *, actor, now):    # `actor` decides; load fresh, raise a refusal, or answer
            return approvals.Outcome("Released", url="/accounts/...", writes=[store.changed(account), entry])

Of a kind and a thing (`about`) one request is open at a time: who asks again meanwhile gets AlreadyAsked, with the
open one.

`writes` are saved in the transaction of the decision. An effect that has a transaction of its own (a
posting) is declared with `separately=True`: the decision is stored first, then `carry_out` runs and must
do its work once, however often it is called (give the posting a key that derives from the request). A
process that dies between the two is carried on by `resume` or `resume_due`.

`@approvals.objection` declares what speaks against doing anything in the name of who asked it (they were shut out):
nothing is approved then, and what was approved and has not begun is not carried out.
"""

from cloudbank.approvals.asking import AlreadyAsked, approval_id_for, ask, standing_one
from cloudbank.approvals.carrying import resume, resume_due
from cloudbank.approvals.deciding import approve, reject, withdraw
from cloudbank.approvals.effects import (
    Effect,
    NotAllowed,
    Outcome,
    Overtaken,
    Shown,
    effect,
    find_effect,
    kinds,
    objection,
)
from cloudbank.approvals.expiring import expire_due
from cloudbank.approvals.request import (
    APPROVED,
    EXPIRED,
    FAILED,
    PENDING,
    REJECTED,
    STATES,
    WITHDRAWN,
    Approval,
    Asker,
    Unfinished,
    same_person,
)
from cloudbank.approvals.waiting import (
    MOST_COUNTED,
    asked_by,
    concerning,
    find,
    is_for,
    is_visible,
    listed,
    open_about,
    open_one,
    waiting_for,
)

__all__ = [
    "APPROVED",
    "EXPIRED",
    "FAILED",
    "MOST_COUNTED",
    "PENDING",
    "REJECTED",
    "STATES",
    "WITHDRAWN",
    "AlreadyAsked",
    "Approval",
    "Asker",
    "Effect",
    "NotAllowed",
    "Outcome",
    "Overtaken",
    "Shown",
    "Unfinished",
    "approval_id_for",
    "approve",
    "ask",
    "asked_by",
    "concerning",
    "effect",
    "expire_due",
    "find",
    "find_effect",
    "is_for",
    "is_visible",
    "kinds",
    "listed",
    "open_about",
    "open_one",
    "objection",
    "reject",
    "resume",
    "resume_due",
    "same_person",
    "standing_one",
    "waiting_for",
    "withdraw",
]
