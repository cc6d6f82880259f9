"""What filings are called, the way they go, and how long they may take. Pure."""

import re
from enum import StrEnum

CTR, SAR, OFAC = "ctr", "sar", "ofac"
FORMS = {CTR: "Currency transaction report", SAR: "Suspicious activity report", OFAC: "OFAC report"}
FORM_NUMBERS = {CTR: "FinCEN Form 112", SAR: "FinCEN Form 111", OFAC: "31 CFR 501.603, 501.604"}
NUMBER_NAMES = {CTR: "BSA identifier", SAR: "BSA identifier", OFAC: "OFAC reference"}
"""What the authority's number of a filed report is called."""
BLOCKED, REJECTED = "blocked", "rejected"
DEEDS = {BLOCKED: "Blocked property", REJECTED: "Rejected transaction"}
"""The two reports to OFAC: what the bank holds (31 CFR 501.603), what it did not carry out (501.604)."""


class Status(StrEnum):
    """Where a filing stands."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    FILED = "filed"
    DISMISSED = "dismissed"


LABELS = {
    Status.DRAFT: "Draft",
    Status.REVIEWED: "Waits for approval",
    Status.APPROVED: "Approved, to be filed",
    Status.FILED: "Filed",
    Status.DISMISSED: "No report due",
}
OPEN = (Status.DRAFT, Status.REVIEWED, Status.APPROVED)
"""Still to be filed: these stand in the worklist by their due date."""
FILE, DISMISS = "file", "dismiss"
DECISIONS = {FILE: "The report is complete and is to be filed", DISMISS: "No report is due"}
"""What a reviewer asks a second person to approve."""
ACKNOWLEDGEMENT_DIGITS = 14
"""A BSA identifier, as the E-Filing System acknowledges a report (FinCEN XML user guides)."""
REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{2,39}")
"""A number of the OFAC Reporting System, or what its confirmation by e-mail is filed under."""

OWN, BEHALF, FOR_ANOTHER = "own", "behalf", "for_another"
ROLES = {
    OWN: "Acted on own behalf",
    BEHALF: "On whose behalf it was done",
    FOR_ANOTHER: "Acted for another",
}
"""A person's part in the transactions: items 2a, 2c and 2b of Form 112."""


class Refused(Exception):
    """It cannot be done: nothing was written. `field` names the form's field, if one is to blame."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message, self.field = message, field


class Overtaken(Refused):
    """Somebody else changed the filing since the person read it."""


def due_text(days: int) -> str:
    """ "8 days left", "due today", "2 days overdue"."""
    if days == 0:
        return "due today"
    words = f"{abs(days):,} day{'' if abs(days) == 1 else 's'}"
    return f"{words} left" if days > 0 else f"{words} overdue"


def wrong_number(form: str, number: str) -> str:
    """What is wrong with the authority's number of a report, "" when nothing is."""
    if form == OFAC:
        return "" if REFERENCE.fullmatch(number) else "3 to 40 letters, digits, dots, dashes and slashes."
    is_right = number.isascii() and number.isdigit() and len(number) == ACKNOWLEDGEMENT_DIGITS
    return "" if is_right else f"A BSA identifier has {ACKNOWLEDGEMENT_DIGITS} digits."
