"""Who asks for something must still be allowed to when it is done: nothing is done in the name of who is shut out."""

from accounts.queries.people import user
from cloudbank import approvals
from cloudbank.approvals import Approval, Effect
from cloudbank.roles import allows


@approvals.objection
def who_asked_may_not_act(request: Approval, kind: Effect) -> str:
    """Why what this person asked is not done in their name, or "". One strong read."""
    maker = user(request.maker_id)
    if maker is None:
        return ""
    if maker.disabled:
        return f"{maker.name} has been shut out since they asked this."
    if not allows(maker.role, kind.asks):
        return f"{maker.name} has another role since they asked this, which may not ask for it."
    return ""
