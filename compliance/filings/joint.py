"""Who holds an account together with its owner: named by an officer, taken back by an officer, on record."""

from datetime import datetime

from accounts.ledger import Actor
from accounts.queries.deposits import account
from accounts.queries.people import user
from cloudbank import audit, store
from cloudbank.roles import Role, allows
from compliance.filings.models import JointHolders
from compliance.filings.terms import Refused
from compliance.services.saving import save_audited

WORK = "compliance.work_filing"
MOST = 10


def joint_holders_of(account_id: str) -> JointHolders | None:
    """The joint holders of an account, read strongly, or None."""
    return store.get(JointHolders, JointHolders.key(account_id))


def set_joint_holder(
    *, account_id: str, customer_id: str, holds: bool, reason: str, actor: Actor, now: datetime
) -> JointHolders:
    """Name a joint holder, or take one back. Raises Refused naming the field."""
    if not allows(actor.role, WORK):
        raise Refused("Your role may not change who holds an account.")
    held, person = account(account_id), user(customer_id)
    if held is None:
        raise Refused("There is no such account.", "account")
    if person is None or person.role != Role.CUSTOMER:
        raise Refused("There is no such customer.", "customer")
    if person.user_id == held.owner_id:
        raise Refused(f"{person.name} owns this account.", "customer")
    item = joint_holders_of(account_id) or JointHolders(
        account_id=JointHolders.key(account_id), on_account=account_id, people=[]
    )
    before = list(item.people)
    if holds == (customer_id in before):
        raise Refused("It is so already." if holds else "This customer does not hold the account.", "customer")
    if holds and len(before) == MOST:
        raise Refused(f"An account has at most {MOST} joint holders.", "customer")
    item.people = [*before, customer_id] if holds else [one for one in before if one != customer_id]
    after = {"people": item.people}
    entry = audit.record(
        item, "joint_holders", actor=actor, now=now, before={"people": before}, after=after, reason=reason.strip()
    )
    try:
        save_audited(item, entry)
    except store.ConditionFailed as error:
        raise Refused("Somebody changed the holders at the same moment. Look again.") from error
    return item
