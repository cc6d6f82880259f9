"""What the desk shows of a request: its clock, its steps, its holds, in words. No writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import User
from accounts.queries.people import users
from cloudbank.clock import from_iso
from cloudbank.wording import day as day_in_words
from compliance.models import PrivacyRequest
from compliance.privacy.holds import Hold, binding
from compliance.privacy.terms import STEPS, next_step


@dataclass(frozen=True)
class Row:
    """A line of the desk."""

    item: PrivacyRequest
    customer: User | None
    today: date

    @property
    def id(self) -> str:
        """The request's id."""
        return self.item.user_id

    @property
    def days_left(self) -> int:
        """Days until it is due; negative when it is late."""
        return (self.item.due - self.today).days

    @property
    def state(self) -> str:
        """Answered, overdue, due soon, or waiting."""
        if not self.item.is_open:
            return "answered"
        if self.days_left < 0:
            return "overdue"
        return "due soon" if self.days_left <= 7 else "waiting"

    @property
    def time_left(self) -> str:
        """ "3 days left", "2 days late", "" when answered."""
        if not self.item.is_open:
            return ""
        days = abs(self.days_left)
        word = "late" if self.days_left < 0 else "left"
        return "due today" if not days else f"{days} day{'s' * (days != 1)} {word}"

    @property
    def next(self) -> str:
        """What is to be done."""
        if not self.item.is_open:
            return ""
        step = next_step(self.item.about, self.item.steps)
        return f"{step.title}?" if step else "Answer"


def rows_of(items: Sequence[PrivacyRequest], today: date) -> list[Row]:
    """The lines of one page; their customers are read together."""
    people = users({one.owner_id for one in items if one.owner_id})
    return [Row(one, people.get(one.owner_id or ""), today) for one in items]


@dataclass(frozen=True)
class StepShown:
    """One step of a request: done, or to be done."""

    code: str
    title: str
    why: str
    at: datetime | None = None
    by: str = ""
    note: str = ""
    is_next: bool = False


def steps_of(item: PrivacyRequest) -> list[StepShown]:
    """The steps in order, with who took them."""
    following = next_step(item.about, item.steps)
    people = users({str(done[1]) for done in item.steps.values()})
    shown = []
    for step in STEPS[item.about]:
        done = item.steps.get(step.code)
        if done is None:
            shown.append(StepShown(step.code, step.title, step.why, is_next=item.is_open and step == following))
            continue
        who = people.get(str(done[1]))
        name = who.name if who else str(done[1])
        shown.append(StepShown(step.code, step.title, step.why, from_iso(done[0]), name, str(done[2])))
    return shown


SEES_SECRETS = "compliance.view_sar"
"""Who may read of filings and sanctions; to others a hold for their sake is not there."""


def holds_in_words(holds: Sequence[Hold], today: date, *, secrets: bool) -> list[tuple[str, str, str]]:
    """(what, until when, the law) of each hold, those that bind first; what is secret only for who may know it."""
    bind = binding(holds, today)
    ordered = [one for one in (*bind, *(one for one in holds if one not in bind)) if one.told or secrets]
    names = {"you are our customer": "Is a customer", "your movements": "Movements", "identity data": "Identity data"}
    return [
        (
            names.get(one.basis, one.basis.capitalize()),
            (day_in_words(one.until) if one.until else "no end yet") + ("" if one in bind else " (over)"),
            one.source + ("" if one.told else "; never told to the customer"),
        )
        for one in ordered
    ]
