"""Decide who a customer is: verified or not, by two people where the policy wants it."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.ledger import Actor, Refused
from accounts.models import User
from accounts.parameters import asks_second_person
from accounts.services.people import decision_writes, verify_customer
from cloudbank import approvals, parameters, store
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.audit import subject_of
from cloudbank.conf import bank_calendar
from cloudbank.roles import allows
from compliance.kyc.checks import METHODS, problems
from compliance.kyc.models import KycFile
from compliance.kyc.queries import customer, file_of
from compliance.kyc.services.filing import APPROVE, WORK, today_of
from compliance.kyc.terms import OWNER_PERCENT
from compliance.queries import standing
from compliance.steps import NotAllowed

VERIFY = "verify_identity"


def decide_identity(
    *,
    customer_id: str,
    approve: bool,
    method: str,
    reason: str,
    seen: int,
    key: str,
    actor: Actor,
    name: str,
    now: datetime,
) -> Approval | None:
    """Verify or reject. Of a risk that asks for two people the request that waits for the second one, else None.

    `seen`: the version of the customer's file that was decided on. Raises NotAllowed, Refused, approvals.NotAllowed.
    """
    if not allows(actor.role, WORK):
        raise NotAllowed("Your role may look at identities, but not decide on them.")
    if not reason.strip():
        raise NotAllowed("Say what was seen, or why not; it is kept with the decision.", "reason")
    person, kyc = _loaded(customer_id)
    if kyc.version != seen:
        raise NotAllowed("Somebody changed this file while you were looking at it. Nothing was decided: look again.")
    why = reason
    if approve:
        if method not in METHODS:
            raise NotAllowed("Choose how the identity was verified.", "method")
        _refuse_unready(person, kyc, method, now)
        if asks_second_person(person.risk_rating, now):
            return approvals.ask(
                code=VERIFY,
                content={
                    "customer_id": customer_id,
                    "method": method,
                    "rating": person.risk_rating,
                    "status": person.kyc_status,
                    "file": kyc.audit_head,
                },
                about=subject_of(person),
                key=key,
                reason=reason,
                actor=actor,
                name=name,
                now=now,
            )
        why = f"{METHODS[method]}. {reason.strip()}"
    verify_customer(customer_id=customer_id, approve=approve, reason=why, actor=actor, now=now)
    standing.forget()
    return None


def _loaded(customer_id: str) -> tuple[User, KycFile]:
    person = customer(customer_id)
    if person is None:
        raise NotAllowed("There is no such customer.")
    return person, file_of(customer_id)


def _refuse_unready(person: User, kyc: KycFile, method: str, now: datetime) -> None:
    percent = parameters.snapshot(now).number(OWNER_PERCENT.code)
    found = problems(person, kyc, method, today_of(now), percent)
    if found:
        raise NotAllowed(*found[0])


@approvals.effect(VERIFY, label="Verify a customer's identity", icon="person-check", asks=WORK, permission=APPROVE)
class VerifyIdentity(approvals.Effect):
    """The verification that was asked for, as long as the customer's file is what the first person saw."""

    refusals = (Refused, NotAllowed)

    def shown(self, content: Any, now: datetime) -> Shown:
        """Who it is, how risky and why, and by what the identity was seen."""
        person, kyc = _loaded(content["customer_id"])
        working = kyc.working
        parts = [(one.label, one.words, f"{one.points} points") for one in working.parts] if working else []
        papers = ", ".join(one.label for one in kyc.all_papers() if one.state == "accepted") or "none"
        owners = [("Owners", ", ".join(f"{one.name} {one.percent}" for one in kyc.all_owners()), "")]
        return Shown(
            f"Verify {person.name}, {person.risk_rating} risk",
            facts=[
                ("Customer", person.name, person.user_id),
                ("Risk", person.risk_rating.capitalize(), f"{working.points} points" if working else ""),
                *parts,
                ("Seen", METHODS[content["method"]], f"accepted papers: {papers}"),
                *(owners if kyc.owners else []),
            ],
            changes=[("Identity", content["status"].capitalize(), "Verified")],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """Only as long as nothing changed."""
        self._unchanged(request, now)

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """The verification, in the transaction of the decision."""
        person, kyc = self._unchanged(request, now)
        writes = decision_writes(
            person,
            True,
            f"{METHODS[request.content['method']]}. {request.reason}",
            day=bank_calendar().business_date(now),
            actor=actor,
            now=now,
            approval=request.approval_id,
        )
        same = store.Check(KycFile, kyc.user_id, KycFile.audit_head == kyc.audit_head)
        return Outcome(
            "The identity is verified.", self.link(request.content)[1], [store.changed(person), same, *writes]
        )

    def afterwards(self, request: Approval) -> None:
        """The readings change."""
        standing.forget()

    def link(self, content: Any) -> tuple[str, str]:
        """The customer's KYC page."""
        return "Open the customer's file", reverse("kyc_file", args=[content["customer_id"]])

    def _unchanged(self, request: Approval, now: datetime) -> tuple[User, KycFile]:
        content = request.content
        person, kyc = _loaded(content["customer_id"])
        seen = (content["rating"], content["status"], content["file"])
        if (person.risk_rating, person.kyc_status, kyc.audit_head) != seen:
            raise NotAllowed("The customer's file was changed since this was asked. Look at it and ask again.")
        _refuse_unready(person, kyc, content["method"], now)
        return person, kyc
