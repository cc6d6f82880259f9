"""The item kind of KYC: what is known of a customer beside the customer's own item."""

from datetime import date

from pynamodb.attributes import BooleanAttribute, JSONAttribute, UnicodeAttribute

from cloudbank.audit import Audited
from cloudbank.tables import UsersItem
from compliance.kyc.owners import Owner, owners_of
from compliance.kyc.papers import Paper, identity_until, oldest_waiting, papers_of
from compliance.kyc.rating import Factors, Rated, rated_from

EXPIRING, TO_CHECK = "kyc-papers", "kyc-papers#waiting"
"""Groups: of by_review_date, by the last day of the identity paper; of by_name, by when the oldest paper was sent."""


class KycFile(Audited, UsersItem, discriminator="kyc_file"):
    """One customer's file: declared factors and the rating they gave, papers, owners. The name is the customer's then.

    At most 20 papers of about 350 bytes and 10 owners; the papers' bytes are in the documents store.
    """

    customer_id = UnicodeAttribute()
    factors = JSONAttribute(default=dict)
    rated = JSONAttribute(default=dict)
    """The working of the last rating (rating.Rated), kept as it was."""
    rated_on = UnicodeAttribute(default="")
    papers = JSONAttribute(default=list)
    owners = JSONAttribute(default=list)
    no_owner = BooleanAttribute(default=False)
    """Stated: nobody owns as much as is asked for."""

    @staticmethod
    def key(customer_id: str) -> str:
        """The hash key."""
        return f"kyc#{customer_id}"

    @property
    def declared(self) -> Factors | None:
        """The factors, or None before they were declared."""
        return Factors(**self.factors) if self.factors else None

    @property
    def working(self) -> Rated | None:
        """The last rating with its parts, or None."""
        return rated_from(self.rated) if self.rated else None

    def all_papers(self) -> list[Paper]:
        """The papers, in the order in which they came."""
        return papers_of(self.papers)

    def paper(self, paper_id: str) -> Paper | None:
        """One paper, or None."""
        return next((one for one in self.all_papers() if one.paper_id == paper_id), None)

    def all_owners(self) -> list[Owner]:
        """Who owns and controls the company."""
        return owners_of(self.owners)

    def shows_identity(self, day: date) -> bool:
        """Whether an accepted paper shows on this day who the customer is."""
        return identity_until(self.all_papers()) >= day.isoformat()

    def file(self) -> None:
        """Set the keys of all indexes from the fields; call before every save."""
        until, waiting = identity_until(self.all_papers()), oldest_waiting(self.all_papers())
        self.review_group, self.review_date = (EXPIRING, until) if until else (None, None)
        self.name_role = TO_CHECK if waiting else None
        self.name_key = f"{waiting}#{self.customer_id}" if waiting else None
