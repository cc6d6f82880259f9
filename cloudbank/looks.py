"""Which colour, icon and word a status has, everywhere alike. Pure: names in, looks out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """A variant of the palette, an icon of the sprite, and the word that is shown."""

    variant: str
    icon: str
    word: str


def _looks(variant: str, icon: str, *words: str) -> dict[str, Look]:
    return {word.lower(): Look(variant, icon, word) for word in words}


SEVERITIES = {
    "low": Look("blue", "info-circle-fill", "Low"),
    "medium": Look("amber", "exclamation-circle-fill", "Medium"),
    "high": Look("red", "exclamation-triangle-fill", "High"),
    "critical": Look("solid-red", "exclamation-octagon-fill", "Critical"),
}

STATUSES = {
    "ok": Look("green", "check-circle-fill", "OK"),
    "alert": Look("amber", "exclamation-triangle-fill", "ALERT"),
    "critical": Look("solid-red", "exclamation-octagon-fill", "CRITICAL"),
    **_looks(
        "green",
        "check-circle-fill",
        "Active",
        "Met",
        "Done",
        "Verified",
        "Sealed",
        "Posted",
        "Completed",
        "Resolved",
        "In force",
    ),
    **_looks("blue", "hourglass-split", "Applied"),
    **_looks("red", "x-octagon-fill", "Non accrual", "Charged off"),
    **_looks("navy", "x-circle-fill", "Declined", "Withdrawn"),
    **_looks("green", "check-circle-fill", "Approved", "Enabled", "Within limit", "Final", "In force"),
    **_looks("blue", "circle-half", "Open", "In progress", "Assigned", "Running", "Acknowledged", "Under review"),
    **_looks("blue", "circle-half", "In review", "Investigating"),
    **_looks("amber", "hourglass-split", "Pending approval"),
    **_looks("red", "exclamation-diamond-fill", "Confirmed", "Escalated"),
    **_looks("navy", "circle", "False positive", "Duplicate", "Refuted"),
    **_looks("blue", "hourglass-split", "Pending", "Queued", "Provisional", "Held", "Not evaluable", "Observed"),
    **_looks("blue", "hourglass-split", "Waiting"),
    **_looks("amber", "exclamation-triangle-fill", "Warn", "Warning", "Due soon", "Expiring", "Unverified"),
    **_looks("red", "x-octagon-fill", "Breach", "Failed", "Overdue", "Refused", "Blocked", "Rejected", "Late"),
    **_looks("red", "exclamation-diamond-fill", "Conflict", "Returned", "Stopped"),
    **_looks("blue", "plus-circle", "New"),
    **_looks("green", "check-circle-fill", "Paid", "Accepted"),
    **_looks("blue", "check2-all", "In the books"),
    **_looks("navy", "lock-fill", "Closed", "Locked", "Disabled"),
    **_looks("blue", "snow", "Frozen"),
    **_looks("amber", "moon-stars", "Dormant"),
    **_looks("red", "shield-lock", "Debit blocked", "Credit blocked"),
    **_looks("amber", "pause-circle", "Paused"),
    **_looks("green", "check-circle-fill", "Captured"),
    **_looks("navy", "circle", "Released", "Expired", "Ended", "Reversed"),
}

MESSAGES = {
    "success": Look("green", "check-circle-fill", "Done"),
    "info": Look("blue", "info-circle-fill", "Note"),
    "warning": Look("amber", "exclamation-triangle-fill", "Careful"),
    "error": Look("red", "exclamation-octagon-fill", "Error"),
}


def _plain(word: str) -> str:
    return word.replace("_", " ").replace("-", " ").strip()


def severity_look(severity: str) -> Look:
    """The look of low, medium, high or critical; anything else is shown as it is, neutral."""
    return SEVERITIES.get(severity.lower(), Look("navy", "circle", _plain(severity).capitalize()))


def status_look(status: str) -> Look:
    """The look of a status word ("frozen", "in_progress", "OK"); an unknown one is neutral."""
    word = _plain(status)
    return STATUSES.get(word.lower(), Look("navy", "circle", word[:1].upper() + word[1:]))


def message_look(tags: str) -> Look:
    """The look of a flash message from Django's level tags."""
    return next((MESSAGES[tag] for tag in tags.split() if tag in MESSAGES), MESSAGES["info"])
