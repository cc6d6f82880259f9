"""Rule 29: the same telephone number, address or internet address at several customers."""

import hashlib
import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from cloudbank.ids import derived_id
from monitoring.patternbook import PATTERNS, Pattern
from monitoring.rulebook import MEDIUM, Hit, Threshold

SOURCE = "Tazama rules 083 and 084; catalogue: 2 customers or more"
CUSTOMERS = Threshold("rule.shared_identity.customers", "Customers who share it", "int", 2, SOURCE, 2, 100)
SIGNED_IN = Threshold(
    "rule.shared_identity.signed_in",
    "Customers whose last sign-in came from the same internet address",
    "int",
    3,
    "bank policy: a couple shares one",
    2,
    100,
)
NETWORK = Threshold(
    "rule.shared_identity.network",
    "More than so many at one internet address share a network, not a device",
    "int",
    10,
    "bank policy",
    2,
    199,
)
PHONE, ADDRESS, SOURCE_OF_SIGN_IN = "phone", "address", "last_sign_in_from"
"""Attributes of a customer."""
TRAITS = {
    PHONE: ("gave", "telephone number"),
    ADDRESS: ("gave", "address"),
    SOURCE_OF_SIGN_IN: ("signed in last from", "internet address"),
}
"""By attribute: what customers did, and what they share."""
SHORTEST = {PHONE: 7, ADDRESS: 8}
"""Less than this is no number and no address."""
SIGN_IN_DAYS = 30
"""So long it is remembered who signed in from an internet address: nobody's whereabouts are kept for longer."""
KEPT = 200
"""Holders that are remembered of one value."""

PATTERNS.add(
    "shared_identity",
    Pattern(
        code="shared_identity",
        number=29,
        title="Shared telephone number, address or internet address",
        severity=MEDIUM,
        family="identity",
        source=SOURCE,
        parameters=(CUSTOMERS, SIGNED_IN, NETWORK),
        definition=(
            "Several customers gave the same telephone number or the same address, or signed in last from the same "
            "internet address. Spelling, spaces and punctuation make no difference; addresses inside a private network "
            "and those that very many share say nothing. Documents are kept by their last four characters only and "
            "no fingerprint of a device is kept, so neither is compared."
        ),
        make=None,
    ),
)


def mark_of(trait: str, text: str) -> str:
    """A digest of a telephone number (its digits), an address (its letters and digits) or an internet address (for
    IPv6 its /64, which is one household); "" when it is none.
    """
    if trait == SOURCE_OF_SIGN_IN:
        plain = _public(text)
    else:
        kept = (char for char in text.casefold() if (char.isdigit() if trait == PHONE else char.isalnum()))
        plain = "".join(kept)
    short = len(plain) < SHORTEST.get(trait, 1)
    return "" if short else hashlib.sha256(f"{trait}|{plain}".encode()).hexdigest()[:40]


def _public(text: str) -> str:
    """The internet address, or its network; "" for a private one, behind which a whole branch may sit."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if not address.is_global:
        return ""
    return str(ipaddress.ip_network((text, 64), strict=False)) if address.version == 6 else str(address)


def shared(trait: str, holders: Sequence[str], parameters: Mapping[str, Any]) -> Hit | None:
    """What to say of customers who share a value; None while they are too few, or so many that it says nothing."""
    signed_in = trait == SOURCE_OF_SIGN_IN
    least = parameters[(SIGNED_IN if signed_in else CUSTOMERS).code]
    if len(holders) < least or (signed_in and len(holders) > parameters[NETWORK.code]):
        return None
    verb, what = TRAITS[trait]
    return Hit(
        value=len(holders),
        threshold=least,
        unit="count",
        sentence=(
            f"{len(holders)} customers {verb} the same {what}; from {least} on it is looked at. "
            "A family may share one: see whether their accounts pay each other."
        ),
        inputs={"shared": what, "customers": len(holders)},
    )


def finding_id(trait: str, digest: str, holders: Sequence[str]) -> str:
    """The same customers sharing the same value are the same finding."""
    return derived_id("fnd", "shared_identity", trait, digest, *sorted(holders))
