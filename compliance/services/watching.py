"""Watching the controls: one that crosses a threshold is told to its owner, once; one that recovers is closed."""

from dataclasses import dataclass, field
from datetime import datetime

from accounts.ledger import Actor
from cloudbank import audit, store
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar
from compliance.control import Reading
from compliance.controls import needed_for
from compliance.models import ControlNotice
from compliance.notices import crossed_notices
from compliance.queries.notices import notices_of
from compliance.queries.people import enabled_in
from compliance.queries.standing import Standing
from compliance.score import State
from compliance.services.regress import reopen_regressed
from compliance.services.saving import save_audited

LEVELS = {State.OK: "", State.APPROACHING: "approaching", State.BREACHED: "breached"}
RANK = {"": 0, "approaching": 1, "breached": 2}


@dataclass
class Watched:
    """What one look found: codes of controls, and ids of actions."""

    crossed: list[str] = field(default_factory=list)
    eased: list[str] = field(default_factory=list)
    recovered: list[str] = field(default_factory=list)
    reopened: list[str] = field(default_factory=list)
    reopened_openly: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """For the record of the run, which more people read than may know of each control."""
        return {"crossed": sum(not needed_for(code) for code in self.crossed), "reopened": self.reopened_openly}


def watch_controls(taken: Standing, *, actor: Actor, now: datetime) -> Watched:
    """Compare each reading with what its owner was told; a control that cannot be measured stays as it is.

    Safe to repeat: a notice is written on condition of its version, its messages have ids of their own.
    """
    done, known = Watched(), notices_of(taken.readings)
    for code, reading in taken.readings.items():
        if reading.state not in LEVELS:
            continue
        item = known.get(code) or ControlNotice(
            transaction_id=ControlNotice.key(code), code=code, owner=str(reading.control.owner)
        )
        if LEVELS[reading.state] != item.level:
            _move(item, reading, done, actor, now)
        elif item.waived_until and item.waived_until < bank_calendar().local(now).date().isoformat():
            _over(item, done, actor, now)
    return done


def _over(item: ControlNotice, done: Watched, actor: Actor, now: datetime) -> None:
    """The day up to which it was accepted has passed: its owners are told again that it stands beyond a threshold."""
    before = {"waived_until": item.waived_until}
    item.end_waiver()
    people = [person.user_id for person in enabled_in(item.owner)]
    item.times, item.told = item.times + 1, people
    item.file()
    entry = audit.record(item, "end_waiver", actor=actor, now=now, before=before, after={"mailed_to": people})
    try:
        save_audited(item, entry, *crossed_notices(item, people, now))
    except store.ConditionFailed:
        return  # another look told it
    done.crossed.append(item.code)


def _move(item: ControlNotice, reading: Reading, done: Watched, actor: Actor, now: datetime) -> None:
    before, level = str(item.level), LEVELS[reading.state]
    if RANK[level] > RANK[item.waived_level] or not level:
        item.end_waiver()
    is_worse = RANK[level] > RANK[before]
    _change(item, reading, level, now)
    people = [person.user_id for person in enabled_in(item.owner)] if is_worse else []
    item.told = people or item.told
    item.file()
    action = "cross" if is_worse else "ease" if level else "recover"
    after = {"level": level, "reading": item.said} | ({"mailed_to": people} if people else {})
    entry = audit.record(item, action, actor=actor, now=now, before={"level": before}, after=after)
    try:
        save_audited(item, entry, *crossed_notices(item, people, now))
    except store.ConditionFailed:
        return  # another look told it
    (done.crossed if is_worse else done.eased if level else done.recovered).append(item.code)
    if is_worse:
        why = f"{reading.control.title} regressed: {item.said}."
        reopened = reopen_regressed(item.code, why=why, actor=actor, now=now)
        done.reopened += [reopened.transaction_id] if reopened else []
        done.reopened_openly += bool(reopened and not reopened.secret)


def _change(item: ControlNotice, reading: Reading, level: str, now: datetime) -> None:
    if level and not item.level:
        item.times, item.opened_at, item.closed_at = item.times + 1, iso(now), ""
    if not level:
        item.closed_at = iso(now)
    item.level, item.crossed_at = level, iso(now)
    item.owner = str(reading.control.owner)
    item.said = f"{reading.control.counted(reading.measure.count)}, {reading.measure.says}"[:300]
