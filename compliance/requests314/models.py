"""Item kinds of requests under 314(a): what is kept of one for good, and what goes when it is answered."""

import json
import zlib
from datetime import date, datetime
from typing import Any

from pynamodb.attributes import BinaryAttribute, JSONAttribute, UnicodeAttribute

from cloudbank.audit import Audited
from cloudbank.ids import derived_id
from cloudbank.tables import IntegerAttribute, TransactionsItem
from compliance.requests314.terms import OPEN, VIEW

REQUESTS, WAITING = "request-314a", "request-314a#open"
"""Groups: of by_day, all by when they came; of the worklist, the open ones by their due date."""


class InformationRequest(Audited, TransactionsItem, discriminator="request_314a"):
    """One request: that it came, was searched, when and by whom. It names no subject, it has their numbers only."""

    seen_with = VIEW
    tracking = UnicodeAttribute()
    posted_on = UnicodeAttribute()
    """The day on which FinCEN posted it: the clock and both periods count from it."""
    due_on = UnicodeAttribute()
    received_at = UnicodeAttribute()
    received_by = UnicodeAttribute()
    files = JSONAttribute(default=dict)
    """Kind of the subjects -> SHA-256 (hex) of the file."""
    persons = IntegerAttribute(default=0)
    businesses = IntegerAttribute(default=0)
    status = UnicodeAttribute()
    accounts_since = UnicodeAttribute()
    movements_since = UnicodeAttribute()
    """The first days of what is searched."""
    place = JSONAttribute(default=list)
    """Where the search goes on: [part, cursor]; [] before it began and after it ended."""
    looked_at = JSONAttribute(default=dict)
    """How many were looked at: {customers, wires, instruments}."""
    searched_at = UnicodeAttribute(default="")
    searched_by = UnicodeAttribute(default="")
    found = IntegerAttribute(default=0)
    """Subjects that somebody in the records may be."""
    undecided = IntegerAttribute(default=0)
    matches = JSONAttribute(default=list)
    """Numbers of the subjects that were matched."""
    replied_on = UnicodeAttribute(default="")
    closed_at = UnicodeAttribute(default="")
    closed_by = UnicodeAttribute(default="")

    @property
    def request_id(self) -> str:
        """The hash key under its own name."""
        return self.transaction_id

    @property
    def due(self) -> date:
        """The last day of answering in time."""
        return date.fromisoformat(self.due_on)

    @property
    def posted(self) -> date:
        """When FinCEN posted it."""
        return date.fromisoformat(self.posted_on)

    @property
    def subjects(self) -> int:
        """How many."""
        return self.persons + self.businesses

    @property
    def is_open(self) -> bool:
        """Still to be answered; the subjects' names are here."""
        return self.status in OPEN

    @staticmethod
    def key(tracking: str) -> str:
        """The hash key."""
        return derived_id("i314", tracking.upper())

    def file(self) -> None:
        """Set the keys of the indexes; call before every save."""
        self.day_group, self.day_order = REQUESTS, f"{self.received_at}#{self.request_id}"
        self.worklist_group = WAITING if self.is_open else None
        self.worklist_order = f"{self.due_on}#{self.request_id}" if self.is_open else None


class RequestPaper(TransactionsItem, discriminator="request_314a_paper"):
    """The subjects of an open request, or what was found of them. In no back-up.

    Closing overwrites it with nothing: the web host may delete nothing from this table. The table's TTL takes the rest.
    """

    backed_up = False
    packed = BinaryAttribute(legacy_encoding=False)

    @staticmethod
    def key(request_id: str, what: str) -> str:
        """The hash key. `what`: subjects or findings."""
        return f"314a-{what}#{request_id}"

    @classmethod
    def of(cls, request_id: str, what: str, content: Any) -> "RequestPaper":
        """The item that holds this."""
        raw = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(transaction_id=cls.key(request_id, what), version=1, packed=zlib.compress(raw))

    @classmethod
    def emptied(cls, request_id: str, what: str, now: datetime) -> "RequestPaper":
        """The item that holds nothing any more, and ends."""
        item = cls.of(request_id, what, None)
        item.expires_at = now
        return item

    def content(self) -> Any:
        """What it holds; None when it was emptied."""
        return json.loads(zlib.decompress(self.packed))
