"""What a request about one's own data asks of the bank: its steps, and by when. Pure (GDPR art. 12(3), 15-20)."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

OUTCOMES = {"granted": "Granted", "granted_in_part": "Granted in part", "refused": "Refused"}
REFUSED = "refused"


@dataclass(frozen=True)
class Step:
    """Something that is done before a request is answered. `ask`: the question whose answer is kept with it."""

    code: str
    title: str
    why: str
    ask: str


IDENTITY = Step(
    "identity",
    "Identity checked",
    "Data goes to nobody but the person it is about (GDPR art. 12(6)).",
    "How did you make sure who asks?",
)
PACKAGE = Step("package", "Package made", "The customer's own data, as a file for people and one for machines.", "")
CORRECT = Step("correct", "Data corrected", "The old and the new value stand in the audit trail.", "")
RESTRICT = Step(
    "restrict",
    "Processing restricted",
    "From then on the data is kept, and used only for what the law asks (GDPR art. 18).",
    "What is restricted, and why?",
)
ERASE = Step(
    "erase",
    "Erased, or restricted",
    "What the law makes the bank keep is restricted until its day; the rest is erased (GDPR art. 17(3)(b)).",
    "What is the request about?",
)
STEPS: Mapping[str, tuple[Step, ...]] = {
    "access": (IDENTITY, PACKAGE),
    "portability": (IDENTITY, PACKAGE),
    "rectification": (IDENTITY, CORRECT),
    "restriction": (IDENTITY, RESTRICT),
    "erasure": (IDENTITY, ERASE),
}
"""What stands between a request and its answer, in order."""


def months_after(day: date, months: int) -> date:
    """The same day some months on, or that month's last day."""
    place = day.year * 12 + day.month - 1 + months
    year, month = place // 12, place % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def years_after(day: date, years: int) -> date:
    """The same day some years on; 29 February becomes 28 February."""
    return months_after(day, 12 * years)


def next_step(about: str, done: Mapping[str, object]) -> Step | None:
    """The first step that is not done, in order; None when only the answer is missing."""
    return next((step for step in STEPS[about] if step.code not in done), None)


def step_of(about: str, code: str) -> Step | None:
    """The step with this code of a request about this, or None."""
    return next((step for step in STEPS[about] if step.code == code), None)


UNASSESSED, UNLIKELY, LIKELY, HIGH = "", "unlikely", "likely", "high"
RISKS = {
    UNASSESSED: "Not assessed yet: counts as a risk",
    UNLIKELY: "Unlikely to be a risk to anybody",
    LIKELY: "A risk: the authority is told",
    HIGH: "A high risk: the persons are told as well",
}
"""What a breach means for the persons it concerns, and what follows (GDPR art. 33(1), 34(1))."""
