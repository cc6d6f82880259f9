"""Rule 29: the same telephone number or address at several customers."""

import hashlib
from collections.abc import Sequence

from cloudbank.ids import derived_id
from monitoring.patternbook import PATTERNS, Pattern
from monitoring.rulebook import MEDIUM, Hit, Threshold

SOURCE = "Tazama rules 083 and 084; catalogue: 2 customers or more"
CUSTOMERS = Threshold("rule.shared_identity.customers", "Customers who share it", "int", 2, SOURCE, 2, 100)
PHONE, ADDRESS = "phone", "address"
TRAITS = {PHONE: "telephone number", ADDRESS: "address"}
SHORTEST = {PHONE: 7, ADDRESS: 8}
"""Less than this is no number and no address."""
KEPT = 200
"""Holders that are remembered of one value."""

PATTERNS.add(
    "shared_identity",
    Pattern(
        code="shared_identity",
        number=29,
        title="Shared telephone number or address",
        severity=MEDIUM,
        family="identity",
        source=SOURCE,
        parameters=(CUSTOMERS,),
        definition=(
            "Several customers gave the same telephone number or the same address. Spelling, spaces and punctuation "
            "make no difference. Documents are kept by their last four characters only and devices are not kept, so "
            "neither is compared."
        ),
        make=None,
    ),
)


def mark_of(trait: str, text: str) -> str:
    """A digest of a telephone number (its digits) or an address (its letters and digits); "" when it is none."""
    kept = (char for char in text.casefold() if (char.isdigit() if trait == PHONE else char.isalnum()))
    plain = "".join(kept)
    return hashlib.sha256(f"{trait}|{plain}".encode()).hexdigest()[:40] if len(plain) >= SHORTEST[trait] else ""


def shared(trait: str, holders: Sequence[str], least: int) -> Hit | None:
    """What to say of customers who share a value; None while they are fewer than `least`."""
    if len(holders) < least:
        return None
    return Hit(
        value=len(holders),
        threshold=least,
        unit="count",
        sentence=(
            f"{len(holders)} customers gave the same {TRAITS[trait]}; from {least} on it is looked at. "
            "A family may share one: see whether their accounts pay each other."
        ),
        inputs={"shared": TRAITS[trait], "customers": len(holders)},
    )


def finding_id(trait: str, digest: str, holders: Sequence[str]) -> str:
    """The same customers sharing the same value are the same finding."""
    return derived_id("fnd", "shared_identity", trait, digest, *sorted(holders))
