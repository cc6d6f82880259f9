"""A rating below what the points say: one person judges so, another agrees. The law's floors stand all the same."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.ledger import Actor
from accounts.models import User
from cloudbank import approvals, store
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.audit import subject_of
from compliance.kyc.models import KycFile
from compliance.kyc.queries import customer, file_of
from compliance.kyc.rating import RANKS, Factors, rate
from compliance.kyc.services.filing import APPROVE, WORK
from compliance.kyc.services.rating import rating_writes
from compliance.kyc.terms import terms_of
from compliance.queries import standing
from compliance.steps import NotAllowed

LOWER = "lower_risk"


def ask_lower_rating(
    *, customer_id: str, to: str, reason: str, seen: int, key: str, actor: Actor, name: str, now: datetime
) -> Approval:
    """Ask to rate a customer lower than the points say. `seen`: the version of the file that was looked at.

    It holds until the factors are declared anew. Raises NotAllowed, approvals.NotAllowed.
    """
    person, kyc = _loaded(customer_id)
    if kyc.version != seen:
        raise NotAllowed("Somebody changed this file while you were looking at it. Nothing was asked: look again.")
    return approvals.ask(
        code=LOWER,
        content={"customer_id": customer_id, "to": to, "from": person.risk_rating, "file": kyc.audit_head},
        about=f"{LOWER}#{subject_of(person)}",
        key=key,
        reason=reason,
        actor=actor,
        name=name,
        now=now,
    )


def lower_ratings(person: User, kyc: KycFile, now: datetime) -> list[str]:
    """The ratings below the present one that two people may agree on; none without declared factors."""
    if kyc.declared is None or person.risk_rating not in RANKS:
        return []
    below = RANKS[: RANKS.index(person.risk_rating)]
    return [one for one in below if rate(_held_to(kyc.declared, one), terms_of(now)).rating == one]


def _held_to(factors: Factors, ceiling: str) -> Factors:
    """The same factors with the judgement of two people instead of one's own."""
    return replace(factors, judgement="", ceiling=ceiling)


@approvals.effect(
    LOWER, label="Rate a customer lower than the points", icon="calculator", asks=WORK, permission=APPROVE
)
class LowerRating(approvals.Effect):
    """As long as the file is what the first person saw."""

    refusals = (NotAllowed,)

    def shown(self, content: Any, now: datetime) -> Shown:
        """Whose, what speaks for the higher rating, from what to what."""
        person, kyc = _loaded(content["customer_id"])
        _refuse(person, kyc, content["to"], now)
        working = rate(_held_to(_declared(kyc), ""), terms_of(now))
        parts = [(one.label, one.words, f"{one.points} points") for one in working.parts]
        return Shown(
            f"Rate {person.name} {content['to']} risk, below the points",
            facts=[
                ("Customer", person.name, person.user_id),
                ("By the points", working.by_points.capitalize(), f"{working.points} points"),
                *parts,
            ],
            changes=[("Risk", person.risk_rating.capitalize(), content["to"].capitalize())],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """Only as long as nothing changed."""
        self._unchanged(request, now)

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """The rating, in the transaction of the decision."""
        person, kyc = self._unchanged(request, now)
        factors = _held_to(_declared(kyc), request.content["to"])
        asked = {"asked_by": request.maker_id, "approval": request.approval_id}
        writes = rating_writes(kyc, person, factors, reason=request.reason, actor=actor, now=now, asked=asked)
        kyc.file()
        return Outcome(
            f"Rated {request.content['to']} risk.", self.link(request.content)[1], [store.stored(kyc), *writes]
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
        if (person.risk_rating, kyc.audit_head) != (content["from"], content["file"]):
            raise NotAllowed("The customer's file was changed since this was asked. Look at it and ask again.")
        _refuse(person, kyc, content["to"], now)
        return person, kyc


def _loaded(customer_id: str) -> tuple[User, KycFile]:
    person = customer(customer_id)
    if person is None:
        raise NotAllowed("There is no such customer.")
    return person, file_of(customer_id)


def _declared(kyc: KycFile) -> Factors:
    if kyc.declared is None:
        raise NotAllowed("The factors are not declared yet.")
    return kyc.declared


def _refuse(person: User, kyc: KycFile, to: str, now: datetime) -> None:
    if to not in lower_ratings(person, kyc, now):
        raise NotAllowed("It is not higher than that, or the law asks for it (public office, country).", "to")
