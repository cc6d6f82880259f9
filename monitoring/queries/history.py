"""Past movements as screening saw them, made of their postings again, day by day."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import date
from typing import Any

from accounts.ledger import Actor, Line, Movement
from accounts.models import Posting
from accounts.models.ledger import posting_group
from accounts.participants import Profile
from accounts.queries.people import users
from accounts.queries.totals import written_files
from cloudbank import store
from cloudbank.clock import from_iso
from cloudbank.conf import bank_calendar

READERS = 3
"""Days that are read ahead, side by side, while the one before is screened."""
_TEXTS = (
    *("movement_id", "type", "account_id", "owner_id", "product", "currency", "counter", "counter_owner"),
    *("channel", "branch", "posted_at", "business_date", "conductor_id"),
)
_FIELDS = (*_TEXTS, "amount", "balance_after", "observed", "details")
_UNREAD: dict[str, Any] = {field.name: "" for field in fields(Line)} | {"sequence": 0}
"""What no rule looks at is not read: hashes, memos, who typed it."""
_NOBODY = Actor("", "", "")


def movements_of(day: date, currency: str, files: Sequence[str] | None = None) -> list[Movement]:
    """All movements of a business date in the order they were posted, with what screening looks at."""
    if files is None:
        files = written_files([day], currency).get(day, ())
    sides: dict[str, list[Line]] = {}
    for file in files:
        group = posting_group(currency, day.isoformat(), file)
        for raw in store.index_rows(Posting, "by_day", group, fields=_FIELDS):
            line = _line(raw)
            sides.setdefault(line.movement_id, []).append(line)
    return sorted((_movement(lines, day) for lines in sides.values()), key=lambda one: (one.posted_at, one.movement_id))


def _line(raw: dict[str, Any]) -> Line:
    values = _UNREAD | {name: raw[name]["S"] for name in _TEXTS if name in raw}
    values["amount"], values["balance_after"] = int(raw["amount"]["N"]), int(raw["balance_after"]["N"])
    values["observed"] = raw["observed"]["BOOL"]
    if "details" in raw:
        values["details"] = raw["details"]["S"]
    return Line(**values)


def _movement(lines: list[Line], day: date) -> Movement:
    """The movement of its postings: one with the house, two between accounts, the debit first."""
    lines.sort(key=lambda line: line.amount)
    line = lines[0]
    debit, credit = (line.account_id, line.counter) if line.amount < 0 else (line.counter, line.account_id)
    return Movement(
        movement_id=line.movement_id,
        type=line.type,
        amount=abs(line.amount),
        currency=line.currency,
        debit=debit,
        credit=credit,
        channel=line.channel,
        branch=line.branch,
        memo="",
        link="",
        posted_at=from_iso(line.posted_at),
        business_date=day,
        actor=_NOBODY,
        conductor_id=line.conductor_id,
        observed=line.observed,
        lines=tuple(lines),
        details=line.details,
    )


class Profiles(dict[str, Profile]):
    """What rules may know of customers today, by id, read as they turn up."""

    def learn(self, customer_ids: Iterable[str]) -> None:
        """Read those not known yet."""
        missing = [one for one in customer_ids if one and one not in self]
        self.update({key: person.profile() for key, person in users(missing).items()})


def history(first: date, last: date, currency: str, profiles: Profiles) -> Iterator[Movement]:
    """The movements from one business date to another, oldest first; `profiles` knows whom they concern.

    The next READERS days are read meanwhile, so at most so many are held.
    """
    used = written_files(bank_calendar().days(first, last), currency)
    days = list(used)
    with ThreadPoolExecutor(READERS) as pool:
        ahead = [pool.submit(movements_of, day, currency, used[day]) for day in days[:READERS]]
        for number in range(len(days)):
            movements = ahead.pop(0).result()
            if number + READERS < len(days):
                day = days[number + READERS]
                ahead.append(pool.submit(movements_of, day, currency, used[day]))
            profiles.learn(
                {line.owner_id for one in movements for line in one.lines} | {one.conductor_id for one in movements}
            )
            yield from movements
