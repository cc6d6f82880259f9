"""What customers read of what staff does on their accounts: fixed words. Why it is done stays inside the bank. Pure.

A reason can tip off, accuse or name somebody else; it goes to the second person and the audit trail, never to
a page, a receipt or a statement of a customer.
"""

from collections.abc import Mapping

from accounts.ledger import Refused

FIELD = "told"
HOLDS = {
    "bank": "Set aside by the bank",
    "payment": "Payment to be settled",
    "deposit": "Deposit to be settled",
    "booking": "Security for a booking",
    "order": "By order of an authority",
}
REVERSALS = {
    "correction": "Correction by the bank",
    "error": "Posted in error",
    "twice": "Posted twice",
    "amount": "Wrong amount",
    "account": "Wrong account",
    "request": "At your request",
    "waived": "Fee waived",
}
LOAN_FEES = {
    "service": "Service of the bank",
    "late": "Late payment",
    "change": "Change at your request",
    "copy": "Copy of a document",
}
"""Code -> words. The first of each is what stands there when nothing more can be said."""
BY_BANK, CORRECTION, SERVICE = "bank", "correction", "service"


def told_of_reversal(text: str) -> str:
    """What a customer reads of a reversal: banks of old kept the staff's own reason there, which stays inside."""
    return text if text in REVERSALS.values() else REVERSALS[CORRECTION]


def in_words(texts: Mapping[str, str], code: str) -> str:
    """What the customer reads. Raises Refused for a code that is not on the list."""
    if code not in texts:
        raise Refused(FIELD, "Choose what the customer reads.", FIELD)
    return texts[code]
