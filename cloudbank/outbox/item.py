"""The item: one message, what became of it, and when it is tried next."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from cloudbank import store
from cloudbank.audit import Audited
from cloudbank.clock import iso
from cloudbank.ids import derived_id
from cloudbank.tables import IntegerAttribute, TransactionsItem

WAITING, DELIVERED, GIVEN_UP = "waiting", "delivered", "given_up"
STATES = {WAITING: "Waiting", DELIVERED: "Delivered", GIVEN_UP: "Given up"}
WORKLIST, WORKLIST_GIVEN_UP = "message", "message#given_up"
SECRET, SECRET_GIVEN_UP = "message#secret", "message#secret#given_up"
"""The same of secret events: nobody lists, counts or sends again what stands there."""
DUE = (WORKLIST, SECRET)
"""The groups of what is still to be delivered."""
KEPT = timedelta(days=30)
"""A message that everybody has taken is kept so long."""
PATIENCE = timedelta(days=3)
"""So long an address is tried."""

_events: dict[str, str] = {}
_personal: set[str] = set()
_secret: set[str] = set()


def declare(event: str, title: str, *, personal: bool = False, secret: bool = False) -> str:
    """Make an event known by its title; ValueError when another one has its name.

    `personal`: each of its messages is for one address, so nobody can subscribe to it. `secret`: personal, and that
    there is such a message at all is for its receiver alone; it stands in no list and no count.
    """
    if _events.setdefault(event, title) != title:
        raise ValueError(f"outbox: the event '{event}' is declared twice")
    _personal.update({event} if personal or secret else ())
    _secret.update({event} if secret else ())
    return event


def events() -> dict[str, str]:
    """The titles of the events one can subscribe to, by name."""
    return {event: title for event, title in sorted(_events.items()) if event not in _personal}


class Message(Audited, TransactionsItem, discriminator="message"):
    """What happened, and who is still to be told.

    `facts` holds ids and codes, never personal data: it leaves the bank by e-mail and over the net.
    """

    passing = True

    event = UnicodeAttribute()
    facts = JSONAttribute(default=dict)
    to = UnicodeAttribute(default="")
    """One address (`mail|usr_...`) that it is for; "": for all that the receivers name."""
    created_at = UnicodeAttribute()
    give_up_at = UnicodeAttribute()
    state = UnicodeAttribute(default=WAITING)
    pending = JSONAttribute(null=True)
    """Addresses that have not taken it yet; None until the first try has asked the receivers."""
    taken = JSONAttribute(default=list)
    """Addresses that have, with the instants: [[address, at], ...]."""
    errors = JSONAttribute(default=dict)
    """What the last try at an address said."""
    attempts = IntegerAttribute(default=0)
    tried_at = UnicodeAttribute(default="")

    @property
    def message_id(self) -> str:
        """The id that every delivery carries."""
        return self.transaction_id

    @property
    def is_secret(self) -> bool:
        """Whether only its receiver may know of it."""
        return self.event in _secret

    @property
    def title(self) -> str:
        """Its event in words."""
        return _events.get(self.event, self.event)

    def wait_until(self, moment: datetime) -> None:
        """File it to be tried then."""
        self.state, self.worklist_group = WAITING, SECRET if self.is_secret else WORKLIST
        self.worklist_order = f"{iso(moment)}#{self.transaction_id}"

    def begin(self, now: datetime) -> None:
        """Have it tried from now on, for as long as patience lasts."""
        self.give_up_at = iso(now + PATIENCE)
        self.wait_until(now)

    def end(self, state: str, now: datetime) -> None:
        """Everybody has taken it, or nobody tries any more."""
        self.state = state
        if state == GIVEN_UP:
            self.worklist_group = SECRET_GIVEN_UP if self.is_secret else WORKLIST_GIVEN_UP
            self.worklist_order = f"{iso(now)}#{self.transaction_id}"
        else:
            self.worklist_group = self.worklist_order = None
            self.expires_at = now + KEPT


def day_group(day: str, secret: bool = False) -> str:
    """The group of by_day that holds the messages of a UTC date; those of secret events stand apart."""
    return f"{SECRET if secret else WORKLIST}#{day}"


def message_id(event: str, key: str, to: str = "") -> str:
    """The id of the message that `message` leaves."""
    return derived_id("msg", event, key, to)


def message(event: str, key: str, facts: Mapping[str, Any], *, now: datetime, to: str = "") -> store.Put:
    """The write that leaves a message, for the transaction of what it tells of. KeyError for an unknown event.

    Its id derives from event, key and address. Without a condition: who changes money is never
    refused for the sake of a message; the same one again is delivered again.
    """
    _events[event]
    item = Message(
        transaction_id=message_id(event, key, to),
        version=1,
        event=event,
        facts=dict(facts),
        to=to,
        created_at=iso(now),
        day_group=day_group(iso(now)[:10], event in _secret),
    )
    item.day_order = f"{iso(now)}#{item.transaction_id}"
    item.begin(now)
    return store.Put(item)
