"""Papers that show who a customer is: their kinds, how each stands on a day. Pure.

The bytes lie in the documents store; a paper is what the bank remembers of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

MOST_PAPERS = 20
WAITING, ACCEPTED, REFUSED, EXPIRED = "waiting", "accepted", "refused", "expired"
STATES = {WAITING: "To check", ACCEPTED: "Accepted", REFUSED: "Refused", EXPIRED: "Expired"}
TAKEN = ("pdf", "png", "jpg")
"""Pictures and PDF: what a paper can be read from."""


@dataclass(frozen=True, slots=True)
class PaperKind:
    """`identity`: shows who somebody is (31 CFR 1020.220(a)(2)(ii)(A)); `expires`: carries a date of expiry."""

    label: str
    identity: bool = False
    expires: bool = False
    company: bool = False


KINDS = {
    "passport": PaperKind("Passport", identity=True, expires=True),
    "identity_card": PaperKind("Identity card", identity=True, expires=True),
    "driving_licence": PaperKind("Driver's license", identity=True, expires=True),
    "residence_permit": PaperKind("Residence permit", identity=True, expires=True),
    "register_extract": PaperKind("Extract of the company register", identity=True, company=True),
    "owners_statement": PaperKind("Statement of beneficial owners", company=True),
    "proof_of_address": PaperKind("Proof of address"),
    "source_of_funds": PaperKind("Source of funds"),
    "other": PaperKind("Other paper"),
}
OWN_KINDS = ("passport", "identity_card", "driving_licence", "residence_permit", "proof_of_address", "source_of_funds")
"""Those that customers send by themselves."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as it is stored with the customer. Dates are ISO texts, "" while there is none."""

    paper_id: str
    kind: str
    title: str
    extension: str
    stored: str
    size: int
    sha256: str
    sent_by: str
    sent_at: str
    expires_on: str = ""
    state: str = WAITING
    checked_on: str = ""
    checked_by: str = ""
    note: str = ""

    @property
    def label(self) -> str:
        """Its kind in words."""
        return KINDS[self.kind].label

    def state_on(self, day: date) -> str:
        """How it stands: an accepted paper whose last day has passed is expired."""
        if self.state == ACCEPTED and self.expires_on and self.expires_on < day.isoformat():
            return EXPIRED
        return self.state

    def as_json(self) -> dict[str, Any]:
        """As JSON carries it."""
        return asdict(self)


def papers_of(stored: Iterable[Mapping[str, Any]]) -> list[Paper]:
    """The inverse of Paper.as_json."""
    return [Paper(**one) for one in stored]


def identity_until(papers: Iterable[Paper]) -> str:
    """The last day on which an accepted paper shows who the customer is; "" without one.

    The paper that lasts longest counts, one without an end before all others ("9999-12-31").
    """
    accepted = [one for one in papers if one.state == ACCEPTED and KINDS[one.kind].identity]
    return max((one.expires_on or "9999-12-31" for one in accepted), default="")


def oldest_waiting(papers: Iterable[Paper]) -> str:
    """When the paper that waits longest for a check was sent; "" when none waits."""
    return min((one.sent_at for one in papers if one.state == WAITING), default="")
