"""The life of a corrective action: open, in progress, ready for verification, closed, reopened. Pure.

Who says "ready" never closes: the result is verified by a second person. Closing and reopening
carry a note, so that an examiner finds the reason without asking.
"""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Where an action stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    READY = "ready"
    CLOSED = "closed"
    REOPENED = "reopened"


LABELS = {
    Status.OPEN: "Open",
    Status.IN_PROGRESS: "In progress",
    Status.READY: "Ready for verification",
    Status.CLOSED: "Closed",
    Status.REOPENED: "Reopened",
}


class NotAllowed(Exception):
    """The step cannot be taken: nothing was written. `field` names the form's field, if one is to blame."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message, self.field = message, field


@dataclass(frozen=True)
class Step:
    """One move: from where, to where, how its button reads, and whether it needs a note."""

    code: str
    sources: tuple[Status, ...]
    target: Status
    label: str
    icon: str
    ask: str = ""
    """The question whose answer is the note; "" when the step needs none."""
    done: str = ""
    """What the history says."""


STEPS = {
    step.code: step
    for step in (
        Step(
            "start", (Status.OPEN, Status.REOPENED), Status.IN_PROGRESS, "Start work", "play-fill", "", "Work started"
        ),
        Step(
            "ready",
            (Status.IN_PROGRESS,),
            Status.READY,
            "Mark ready for verification",
            "clipboard-check",
            "What was done, and where is the evidence?",
            "Marked ready for verification",
        ),
        Step(
            "close",
            (Status.READY,),
            Status.CLOSED,
            "Verify and close",
            "check2-circle",
            "What did you check, and what did you find?",
            "Verified and closed",
        ),
        Step(
            "reopen",
            (Status.READY, Status.CLOSED),
            Status.REOPENED,
            "Send back",
            "arrow-counterclockwise",
            "Why is it not settled?",
            "Reopened",
        ),
    )
}


def steps_from(status: str) -> list[Step]:
    """The steps that lead on from a status."""
    return [step for step in STEPS.values() if status in step.sources]


OWN_STEPS = frozenset({"start", "ready"})
"""What the owner of an action may do whatever their role."""


def why_not_close(*, by: str, ready_by: str, owner: str) -> str:
    """Why this person cannot verify the result, "" when they can: it is never their own work."""
    if by == ready_by:
        return "You marked it ready, so a second person verifies and closes it."
    return "You answer for it, so a second person verifies and closes it." if by == owner else ""


def take(code: str, *, status: str, by: str, ready_by: str, note: str, owner: str = "") -> Step:
    """The step, if person `by` may take it from `status`; else NotAllowed says why not."""
    step = STEPS.get(code)
    if step is None:
        raise NotAllowed("There is no such step.")
    if status not in step.sources:
        raise NotAllowed(f"The action is {LABELS[Status(status)].lower()} now, so this step is not open to it.")
    if step.target is Status.CLOSED and (why := why_not_close(by=by, ready_by=ready_by, owner=owner)):
        raise NotAllowed(why)
    if step.ask and not note.strip():
        raise NotAllowed(step.ask, "note")
    return step
