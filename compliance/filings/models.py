"""Item kinds of filings: reports of both forms, days that were looked through, joint holders of an account."""

import hashlib
import json
from datetime import date
from typing import Any, ClassVar

from pynamodb.attributes import BooleanAttribute, JSONAttribute, UnicodeAttribute

from cloudbank.audit import Audited
from cloudbank.ids import derived_id
from cloudbank.tables import AccountsItem, IntegerAttribute, TransactionsItem
from compliance.filings.terms import CTR, OFAC, OPEN, SAR, Status


class Filing(Audited, TransactionsItem):
    """What both forms have in common. Once reviewed, what stands under `content_hash` does not change.

    Filed under `worklist` by its form: while open by due date, afterwards by when it ended; and under `by_subject`
    with the person it is mainly about.
    """

    FORM: ClassVar[str]
    CONTENT: ClassVar[tuple[str, ...]]
    """Attributes that a reviewer vouches for and a second person approves."""

    status = UnicodeAttribute(default=Status.DRAFT)
    edition = IntegerAttribute(default=1)
    """1 for the first report; one more with each amendment."""
    amends = UnicodeAttribute(default="")
    """The filing that this one corrects."""
    prior_number = UnicodeAttribute(default="")
    """The BSA identifier of the report that this one corrects or continues."""
    amended_by = UnicodeAttribute(default="")
    why = UnicodeAttribute(default="")
    """Of an amendment: what was wrong."""
    persons = JSONAttribute(default=list)
    """Everybody whom the report names, as they were known when it was drafted: {person_id, name, role, ...}."""
    total = IntegerAttribute(default=0)
    """Minor units."""
    currency = UnicodeAttribute()
    due_on = UnicodeAttribute()
    drafted_at = UnicodeAttribute()
    drafted_by = UnicodeAttribute()
    decision = UnicodeAttribute(default="")
    """What the reviewer asked to be approved: to file it, or that no report is due."""
    reviewed_by = UnicodeAttribute(default="")
    reviewed_at = UnicodeAttribute(default="")
    pending_approval = UnicodeAttribute(default="")
    approved_by = UnicodeAttribute(default="")
    approved_at = UnicodeAttribute(default="")
    filed_on = UnicodeAttribute(default="")
    """The day it was sent, on the bank's calendar; of a dismissed one the day of that decision."""
    filed_by = UnicodeAttribute(default="")
    acknowledgement = UnicodeAttribute(default="")
    """The BSA identifier that the E-Filing System answered with."""
    batch_id = UnicodeAttribute(default="")
    """The file in which it is sent together with others; "" while it stands in none."""

    @property
    def filing_id(self) -> str:
        """The hash key under its own name."""
        return self.transaction_id

    @property
    def due(self) -> date:
        """The last day of filing in time."""
        return date.fromisoformat(self.due_on)

    @property
    def is_open(self) -> bool:
        """Still to be filed."""
        return self.status in OPEN

    @property
    def main(self) -> dict[str, Any]:
        """The person it is mainly about; {} when nobody is known."""
        first: dict[str, Any] = self.persons[0] if self.persons else {}
        return first

    @property
    def content_hash(self) -> str:
        """SHA-256 (hex) over what is vouched for."""
        what = {name: getattr(self, name) for name in (*self.CONTENT, "persons", "total", "currency", "prior_number")}
        return hashlib.sha256(json.dumps(what, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def file(self) -> None:
        """Set the keys of all indexes; call before every save."""
        self.worklist_group = open_group(self.FORM) if self.is_open else settled_group(self.FORM)
        self.worklist_order = f"{self.due_on if self.is_open else self.filed_on}#{self.status}#{self.filing_id}"
        person = self.main.get("person_id")
        self.subject = filings_of(self.FORM, person) if person else None
        self.subject_order = f"{self.drafted_at}#{self.filing_id}" if person else None


class CashReport(Filing, discriminator="ctr"):
    """A currency transaction report: one person, business day, direction and currency."""

    seen_with = "compliance.view_filing"
    FORM = CTR
    CONTENT = ("day", "incoming", "lines")
    day = UnicodeAttribute()
    incoming = BooleanAttribute()
    lines = JSONAttribute(default=list)
    """Every cash movement, see compliance.filings.cash.CashLine."""
    limit = IntegerAttribute()

    @property
    def business_day(self) -> date:
        """The day of the cash."""
        return date.fromisoformat(self.day)

    @property
    def direction(self) -> str:
        """Cash in and cash out are never netted (31 CFR 1010.313)."""
        return "Cash in" if self.incoming else "Cash out"

    @staticmethod
    def key(person_id: str, day: str, incoming: bool, currency: str, edition: int = 1) -> str:
        """The hash key: one for a person, day, direction and currency, and one more for each amendment."""
        return derived_id("ctr", person_id, day, "in" if incoming else "out", currency, str(edition))


class ActivityReport(Filing, discriminator="sar"):
    """A suspicious activity report. That it exists is a secret (31 CFR 1020.320(e)): see compliance.filings.secrecy."""

    seen_with = "compliance.view_sar"
    FORM = SAR
    CONTENT = ("first_on", "last_on", "kinds", "has_suspect", "determined_on", "continues", "answers")
    case_id = UnicodeAttribute()
    determined_on = UnicodeAttribute()
    """The day on which the bank knew, or had reason to suspect: the clock runs from it."""
    has_suspect = BooleanAttribute(default=True)
    first_on = UnicodeAttribute(default="")
    last_on = UnicodeAttribute(default="")
    """The period of the activity."""
    kinds = JSONAttribute(default=list)
    """Codes of compliance.filings.narrative.KINDS."""
    answers = JSONAttribute(default=dict)
    """Who, what, when, where, why, how: the parts of the narrative, by code."""
    continues = UnicodeAttribute(default="")
    """The filing whose activity goes on."""
    continued_by = UnicodeAttribute(default="")

    @property
    def determined(self) -> date:
        """The day from which the clock runs."""
        return date.fromisoformat(self.determined_on)

    @property
    def period(self) -> tuple[date, date] | None:
        """The first and the last day of the activity; None before they are known."""
        if not (self.first_on and self.last_on):
            return None
        return date.fromisoformat(self.first_on), date.fromisoformat(self.last_on)


class OfacReport(Filing, discriminator="ofac"):
    """A report to OFAC of blocked property or of a rejected transaction, one an event."""

    seen_with = "compliance.view_filing"
    FORM = OFAC
    CONTENT = ("deed", "event", "day", "lines", "target", "instructions", "authority", "description")
    deed = UnicodeAttribute()
    """blocked or rejected."""
    event = UnicodeAttribute()
    """The alert that was confirmed, or the movement that was stopped."""
    day = UnicodeAttribute()
    """When the property became blocked, or the transaction was rejected, on the bank's calendar."""
    lines = JSONAttribute(default=list)
    """What is held or was not carried out: {what, account_id, amount, currency}."""
    target = JSONAttribute(default=dict)
    """Who on the sanctions list: {name, entry, programs, countries, said}."""
    instructions = JSONAttribute(default=list)
    """Of a movement: [label, value] of everything that was instructed."""
    authority = UnicodeAttribute(default="")
    """Program and legal authority, in the officer's words."""
    description = UnicodeAttribute(default="")
    released_on = UnicodeAttribute(default="")
    """The day from which the property is not blocked any more; "" while it is."""
    released_why = UnicodeAttribute(default="")

    @staticmethod
    def key(event: str) -> str:
        """The hash key: one for an event."""
        return derived_id("ofac", event)


class ReportCopies(Audited, TransactionsItem, discriminator="sar_copies"):
    """Who took a report on suspicious activity out as a file: only its audit records matter."""

    seen_with = "compliance.view_sar"

    @staticmethod
    def key(filing_id: str) -> str:
        """The hash key."""
        return f"sar-copies#{filing_id}"


class FilingBatch(Audited, TransactionsItem, discriminator="filing_batch"):
    """One file of several approved cash reports for the E-Filing System, and what the system answered.

    Filed under `by_day`, all in one group by when they were made.
    """

    seen_with = "compliance.view_filing"
    status = UnicodeAttribute(default="made")
    """made, acknowledged, rejected, or dissolved: taken apart before it was sent."""
    filing_ids = JSONAttribute(default=list)
    """In the order of the file: the acknowledgement answers in the same order."""
    total = IntegerAttribute(default=0)
    """Minor units, of all reports."""
    made_at = UnicodeAttribute()
    made_by = UnicodeAttribute()
    stored = JSONAttribute(default=list)
    """The file: [name, size, SHA-256]."""
    answer = JSONAttribute(default=list)
    """The acknowledgement file, the same way; [] before it came."""
    answered_at = UnicodeAttribute(default="")
    numbers = JSONAttribute(default=list)
    """BSA identifiers in the order of `filing_ids`."""
    remarks = JSONAttribute(default=list)
    """What the system found: [place of the report from 1 on, or 0; level; words]."""

    @property
    def batch_id(self) -> str:
        """The hash key under its own name."""
        return self.transaction_id

    def file(self) -> None:
        """Set the keys of the index; call before every save."""
        self.day_group, self.day_order = BATCHES, f"{self.made_at}#{self.batch_id}"


BATCHES = "filing-batch"
"""Group of the index by_day with all files of several reports."""
FILINGS: dict[str, type[Filing]] = {CTR: CashReport, SAR: ActivityReport, OFAC: OfacReport}


class CashDrafted(AccountsItem, discriminator="cash_drafted"):
    """Up to which sealed business day the cash of a currency has been looked through for reports."""

    through = UnicodeAttribute(default="")

    @staticmethod
    def key(currency: str) -> str:
        """The hash key."""
        return f"cash-drafted#{currency}"


class OfacDrafted(AccountsItem, discriminator="ofac_drafted"):
    """Up to which day (UTC) stopped movements and confirmed hits have been looked through for reports to OFAC."""

    KEY: ClassVar[str] = "ofac-drafted"
    through = UnicodeAttribute(default="")


class JointHolders(Audited, AccountsItem, discriminator="joint_holders"):
    """Who holds an account together with its owner."""

    on_account = UnicodeAttribute()
    people = JSONAttribute(default=list)
    """Ids of customers, in the order they were named."""

    @staticmethod
    def key(account_id: str) -> str:
        """The hash key."""
        return f"joint-holders#{account_id}"


def open_group(form: str) -> str:
    """The group of the worklist with the filings of a form that are still to be filed, by due date."""
    return f"filing#{form}"


def settled_group(form: str) -> str:
    """The group with those that were filed or dismissed, by when."""
    return f"filing#{form}#settled"


def filings_of(form: str, person_id: str) -> str:
    """The subject under which the filings of a form about a person stand."""
    return f"{form}-of#{person_id}"
