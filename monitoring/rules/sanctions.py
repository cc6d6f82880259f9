"""Rule 7: a party of the movement may be on the sanctions list."""

from collections.abc import Mapping
from typing import Any

from accounts.outcomes import BLOCK, HOLD
from monitoring.activity import Activity
from monitoring.rulebook import CRITICAL, HIGH, Answer, Customer, Side, rule
from monitoring.rulebook import Hit as Finding
from monitoring.sanctions import SURE, Hit


@rule(
    "sanctions",
    number=7,
    title="Sanctions hit",
    severity=CRITICAL,
    family="sanctions",
    source="31 CFR 501.603, 501.604",
    own=True,
    conducted=True,
    any_currency=True,
    outcomes=(BLOCK, HOLD),
)
def sanctions(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """A party's name has the same words as one of the list in force, or scores at least 0.92 with a date of birth or a
    country that speaks for it. Without either the movement is held, not refused; a hit that was cleared is none.
    """
    found = [one for one in side.listed if isinstance(one, Hit)] if side.listed else ()
    if not found:
        return None
    best = max(found, key=lambda one: (one.sure, one.candidate.score))
    own = customer is not None and best.customer == customer.customer_id
    return said(best, "this customer" if own else "the other party", SURE)


def said(hit: Hit, whose: str, threshold: float) -> Finding:
    """The finding of a hit; a hit that is not sure is held for a person, and less severe."""
    entry, speaks = hit.candidate.entry, hit.evidence
    also = f"; the {speaks} speaks for it" if speaks else "; nothing else is known that speaks for or against it"
    return Finding(
        value=round(hit.candidate.score, 3),
        threshold=threshold,
        unit="score",
        severity=CRITICAL if hit.sure else HIGH,
        outcome="" if hit.sure else HOLD,
        sentence=(
            f'The name "{hit.party}" ({whose}) is or resembles "{hit.candidate.name}", entry {entry.uid} of the '
            f"sanctions list ({entry.programs or 'no program named'}){also}."
        ),
        inputs={
            "score": f"{hit.candidate.score:.3f}",
            "entry": entry.uid,
            "subject": hit.customer or hit.party,
            "evidence": speaks or "none",
            "list_version": hit.version,
        },
    )
