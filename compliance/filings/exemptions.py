"""Exemptions from currency transaction reports as they are kept, and what holds on a day (31 CFR 1020.315)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from accounts.ledger import Actor
from cloudbank import audit, store
from cloudbank.audit import Audited
from cloudbank.clock import utcnow
from cloudbank.store import Write
from cloudbank.tables import UsersItem
from compliance.filings.terms import Refused
from compliance.queries import standing

GROUP = "ctr-exemption"
NEVER = "9999-12-31"
COMMAND = Actor("command:draft_filings", "system", "command")


@dataclass(frozen=True)
class Basis:
    """Why somebody is exempt. `designated`: Form 110 is filed and the exemption is reviewed each year."""

    label: str
    phase: int
    source: str
    designated: bool


BASES = {
    "bank": Basis("Bank, for its business in the United States", 1, "1020.315(b)(1)", False),
    "government": Basis("Federal, state or local government", 1, "1020.315(b)(2)", False),
    "authority": Basis("Entity with governmental authority", 1, "1020.315(b)(3)", False),
    "listed": Basis("Company listed on a national exchange", 1, "1020.315(b)(4)", True),
    "subsidiary": Basis("Subsidiary (at least 51 %) of a listed company", 1, "1020.315(b)(5)", True),
    "non_listed": Basis("Non-listed business", 2, "1020.315(b)(6)", True),
    "payroll": Basis("Payroll customer", 2, "1020.315(b)(7)", True),
}


class Exemption(Audited, UsersItem, discriminator="ctr_exemption"):
    """That a person's own cash is not reported. Filed under `by_review_date` with the next thing to do for it."""

    customer_id = UnicodeAttribute()
    basis = UnicodeAttribute()
    since = UnicodeAttribute()
    """The first business day (ISO) it holds on."""
    until = UnicodeAttribute(default="")
    """The last one; "" while it goes on."""
    first_used_on = UnicodeAttribute(default="")
    """The business day of the first cash that would have been reported."""
    designated_on = UnicodeAttribute(default="")
    designation = UnicodeAttribute(default="")
    """The BSA identifier of Form 110."""
    review_on = UnicodeAttribute(default="")
    reason = UnicodeAttribute(default="")

    @staticmethod
    def key(customer_id: str) -> str:
        """The hash key."""
        return f"ctr-exemption#{customer_id}"

    @property
    def why(self) -> Basis:
        """Its basis."""
        return BASES[self.basis]

    def holds_on(self, day: date) -> bool:
        """Whether it holds on a business day."""
        return self.since <= day.isoformat() and (not self.until or day.isoformat() <= self.until)

    def doep_due(self, days: int) -> str:
        """Until when Form 110 is filed (ISO); "" when it is not, or is no more, due."""
        waits = self.why.designated and self.first_used_on and not self.designated_on and not self.until
        return (date.fromisoformat(self.first_used_on) + timedelta(days=days)).isoformat() if waits else ""

    def file(self) -> None:
        """Set the keys of the index; call before every save."""
        self.review_group = GROUP
        self.review_date = NEVER if self.until or not self.review_on else self.review_on


@dataclass(frozen=True)
class Exemptions:
    """The exemptions of some people that hold on one business day."""

    people: frozenset[str]

    @classmethod
    def of(cls, person_ids: Iterable[str], day: date) -> "Exemptions":
        """Read in one batch."""
        found = store.load(Exemption, [Exemption.key(one) for one in sorted(set(person_ids))])
        return cls(frozenset(one.customer_id for one in found.values() if one.holds_on(day)))

    def covers(self, person_id: str) -> bool:
        """Whether this person's own cash is exempt."""
        return person_id in self.people


def exemption_of(customer_id: str) -> Exemption | None:
    """A person's exemption, read strongly, ended ones too; or None."""
    return store.get(Exemption, Exemption.key(customer_id))


def all_exemptions(limit: int = 500) -> list[Exemption]:
    """Every exemption, the next to be reviewed first."""
    return list(Exemption.by_review_date.query(GROUP, limit=limit))


def note_first(person_ids: Iterable[str], day: date) -> None:
    """Take down when an exemption spared the first report: Form 110 is due from that day on."""
    for person_id in sorted(person_ids):
        item = exemption_of(person_id)
        if item and not item.first_used_on:
            item.first_used_on = day.isoformat()
            save_exemption(
                item, "first_exempted", {"first_used_on": ""}, {"first_used_on": day.isoformat()}, "", COMMAND
            )


def exemption_writes(
    item: Exemption, action: str, before: Any, after: Any, reason: str, actor: Any, now: datetime
) -> list[Write]:
    """A change with its audit record."""
    item.file()
    entry = audit.record(item, action, actor=actor, now=now, before=before, after=after, reason=reason)
    return [store.stored(item), entry]


def save_exemption(
    item: Exemption, action: str, before: Any, after: Any, reason: str, actor: Actor, now: datetime | None = None
) -> Exemption:
    """The same, stored. Raises Refused when somebody was faster."""
    try:
        store.save(exemption_writes(item, action, before, after, reason, actor, now or utcnow()))
    except (store.ConditionFailed, store.Conflict) as error:
        raise Refused("Somebody changed this exemption at the same moment. Look again.") from error
    standing.forget()
    return item
