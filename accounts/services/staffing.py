"""Staff by two people: one asks for a new colleague or another role, a second one approves. Nobody hands out passwords.

Whoever could make a teller and a manager alone, or set their passwords, would be both of them. So the bank's pages
make nobody alone, and the new colleague sets the first password by a link that goes to their own address.
`manage.py create_staff` makes the first people of a bank; it is for who has its servers, and is audited as such.
"""

from datetime import datetime
from typing import Any

from accounts import mail
from accounts.ledger import Actor, Refused
from accounts.models import User
from accounts.names import role_name
from accounts.queries.people import holder_of, user
from accounts.services.access import password_link
from accounts.services.people import a_member_of_staff, joining_writes, refuse_role, role_writes
from cloudbank import approvals, store
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.ids import derived_id
from cloudbank.roles import STAFF

NEW_STAFF, NEW_ROLE = "new_staff", "staff_role"
SECOND = "accounts.approve_staff"
TAKEN = "Somebody already signs in with this address."


def ask_new_staff(
    *, name: str, email: str, role: str, reason: str, site: str, key: str, actor: Actor, asker: str, now: datetime
) -> Approval:
    """Ask for a new colleague. `site`: the bank's address, for the link that they get. Raises NotAllowed, Refused."""
    return approvals.ask(
        code=NEW_STAFF,
        content={"name": name, "email": email, "role": role, "site": site},
        about=f"address#{email.casefold()}",
        key=key,
        reason=reason,
        actor=actor,
        name=asker,
        now=now,
    )


def about_role(user_id: str) -> str:
    """What requests for another role of a person are filed under."""
    return f"role#{user_id}"


def ask_role(*, user_id: str, role: str, reason: str, key: str, actor: Actor, asker: str, now: datetime) -> Approval:
    """Ask for another role of a colleague. Raises NotAllowed, Refused."""
    refuse_role(user_id, role, actor.user_id)
    person = _colleague(user_id)
    return approvals.ask(
        code=NEW_ROLE,
        content={"user_id": user_id, "from": person.role, "to": role},
        about=about_role(user_id),
        key=key,
        reason=reason,
        actor=actor,
        name=asker,
        now=now,
    )


def pending_role(user_id: str, now: datetime) -> Approval | None:
    """The request for another role of this person that waits, if any. One index query."""
    return approvals.open_one(about_role(user_id), now)


def _colleague(user_id: str) -> User:
    person = user(user_id)
    if person is None or not person.is_staff_member:
        raise Refused("role", "A customer does not become staff; create a sign-in of its own.", "role")
    return person


@approvals.effect(
    NEW_STAFF, label="New member of staff", icon="person-plus", asks="accounts.create_staff", permission=SECOND
)
class NewStaff(approvals.Effect):
    """Stored in the transaction of the decision, without a password; the link to set one is sent right after."""

    refusals = (Refused,)

    def shown(self, content: Any, now: datetime) -> Shown:
        """Who, where the link goes, and as what."""
        if content["role"] not in STAFF:
            raise Refused("role", f"'{content['role']}' is no role of the staff.", "role")
        if holder_of(content["email"]):
            raise Refused("email", TAKEN, "email")
        role = role_name(content["role"])
        return Shown(
            f"New colleague: {content['name']}, {role.lower()}",
            facts=[
                ("Name", content["name"], "approve only whom you know to work here"),
                ("E-mail", content["email"], "the link to set the first password goes there"),
                ("Role", role, ""),
            ],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """Nobody took the address meanwhile."""
        if holder_of(request.content["email"]):
            raise Refused("email", TAKEN)

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """A sign-in that nobody can use before its owner has set a password."""
        content = request.content
        person = a_member_of_staff(
            user_id=_id_of(request),
            email=content["email"],
            name=content["name"],
            role=content["role"],
            password=None,
            now=now,
        )
        known = {"reason": request.reason, "approval": request.approval_id}
        writes = joining_writes(person, "create_staff", actor=actor, now=now, **known)
        return Outcome(f"{person.name} gets a link by e-mail to set a password.", writes=writes)

    def afterwards(self, request: Approval) -> None:
        """Send the link."""
        mail.later(_invite, _id_of(request), request.content["site"])


def _invite(user_id: str, site: str) -> None:
    person = user(user_id)
    if person:
        links = password_link(person, site)
        mail.send("invitation", person.email, person=person, role=role_name(person.role), **links)


def _id_of(request: Approval) -> str:
    return derived_id("usr", request.approval_id)


@approvals.effect(NEW_ROLE, label="Another role", icon="person-badge", asks="accounts.change_role", permission=SECOND)
class NewRole(approvals.Effect):
    """Stored in the transaction of the decision; all sessions of the person end."""

    refusals = (Refused,)

    def shown(self, content: Any, now: datetime) -> Shown:
        """Whose role, from what to what."""
        person = _colleague(content["user_id"])
        if content["from"] == content["to"]:
            raise Refused("role", f"{person.name} has this role already.", "role")
        old, new = role_name(content["from"]), role_name(content["to"])
        return Shown(
            f"{person.name} becomes {new.lower()}",
            facts=[("Name", person.name, person.email), ("Sessions", "all of theirs end", "they sign in again")],
            changes=[("Role", old, new)],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """Still in the role that was read."""
        if _colleague(request.content["user_id"]).role != request.content["from"]:
            raise Refused("role", "They have another role since. Ask again for what is now.")

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """Set it, unless it is one's own."""
        refuse_role(request.content["user_id"], request.content["to"], actor.user_id)
        person = _colleague(request.content["user_id"])
        approval = request.approval_id
        writes = role_writes(person, request.content["to"], request.reason, actor=actor, now=now, approval=approval)
        return Outcome("The role is changed; they sign in again.", writes=[store.changed(person), *writes])
