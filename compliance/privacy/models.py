"""The item kind of the breach register (GDPR art. 33(5): always kept, told or not)."""

from datetime import datetime, timedelta

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from cloudbank.audit import Audited
from cloudbank.clock import from_iso
from cloudbank.tables import IntegerAttribute, TransactionsItem
from compliance.privacy.terms import HIGH, UNASSESSED, UNLIKELY

OPEN_BREACHES, CLOSED_BREACHES = "breach", "breach-closed"
OPEN, CLOSED = "open", "closed"


class Breach(Audited, TransactionsItem, discriminator="breach"):
    """A breach of personal data: what happened, whom it concerns, who was told when.

    Filed under `worklist`: while open in order of awareness, so what is due first stands first; then by its end.
    """

    title = UnicodeAttribute()
    happened = UnicodeAttribute()
    """What happened, and how it was found."""
    data = UnicodeAttribute()
    """Categories of personal data."""
    aware_at = UnicodeAttribute()
    """The instant of awareness: the clock runs from it."""
    noted_by = UnicodeAttribute()
    noted_at = UnicodeAttribute()
    risk = UnicodeAttribute(default=UNASSESSED)
    why_risk = UnicodeAttribute(default="")
    persons = IntegerAttribute(default=0)
    """About how many persons; those who are known stand in `customer_ids`."""
    customer_ids = JSONAttribute(default=list)
    measures = UnicodeAttribute(default="")
    hours = IntegerAttribute()
    """The period in force when it was noted."""
    authority_at = UnicodeAttribute(default="")
    authority_reference = UnicodeAttribute(default="")
    why_late = UnicodeAttribute(default="")
    persons_at = UnicodeAttribute(default="")
    persons_how = UnicodeAttribute(default="")
    status = UnicodeAttribute(default=OPEN)
    closed_at = UnicodeAttribute(default="")

    @property
    def is_open(self) -> bool:
        """Not closed."""
        return self.status == OPEN

    @property
    def aware(self) -> datetime:
        """The instant of awareness."""
        return from_iso(self.aware_at)

    @property
    def due(self) -> datetime:
        """Until then the authority is told, or the reasons for the delay as well."""
        return self.aware + timedelta(hours=self.hours)

    @property
    def authority_waits(self) -> bool:
        """The authority is to be told, and is not (art. 33(1): unless a risk to persons is unlikely)."""
        return self.is_open and self.risk != UNLIKELY and not self.authority_at

    @property
    def persons_wait(self) -> bool:
        """The persons are to be told, and are not (art. 34(1): a high risk)."""
        return self.is_open and self.risk == HIGH and not self.persons_at

    def file(self) -> None:
        """Set the keys of the index; call before every save."""
        self.worklist_group = OPEN_BREACHES if self.is_open else CLOSED_BREACHES
        self.worklist_order = f"{self.aware_at if self.is_open else self.closed_at}#{self.transaction_id}"
