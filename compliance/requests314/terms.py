"""What a request for information is called, how long it may take, how far back it asks, who may know what.

31 CFR 1010.520(b)(3): current accounts, accounts of the preceding 12 months, transactions of the preceding 6 months; a
match is reported, a negative answer is not. The FFIEC manual (Information Sharing): only that there is a match is told.
"""

import calendar
from datetime import date

from cloudbank.parameters import Parameter, declare

VIEW, SEARCH = "compliance.view_314a", "compliance.search_314a"
"""That searches were made; whom they were for. The point of contact has both, the auditor the first."""
SOURCE = "31 CFR 1010.520(b)(3); FFIEC manual, Information Sharing"
ANSWER_DAYS = declare(
    Parameter("requests_314a.answer_days", "Days to answer a 314(a) request", "days", 14, SOURCE, minimum=1, maximum=60)
)
ACCOUNT_MONTHS = declare(
    Parameter(
        "requests_314a.account_months", "Months for which closed accounts are searched (314(a))", "int", 12, SOURCE,
        minimum=1, maximum=120, unit="months",
    )
)  # fmt: skip
MOVEMENT_MONTHS = declare(
    Parameter(
        "requests_314a.movement_months", "Months for which transactions are searched (314(a))", "int", 6, SOURCE,
        minimum=1, maximum=120, unit="months",
    )
)  # fmt: skip

TO_SEARCH, REVIEW, CLOSED, DISCARDED = "search", "review", "closed", "discarded"
STATES = {
    TO_SEARCH: "To be searched",
    REVIEW: "To be decided",
    CLOSED: "Closed",
    DISCARDED: "Discarded",
}
LOOKS = {TO_SEARCH: "open", REVIEW: "in progress", CLOSED: "done", DISCARDED: "closed"}
OPEN = (TO_SEARCH, REVIEW)
MATCH, NO_MATCH = "match", "none"
DECISIONS = {MATCH: "It is the subject: tell FinCEN", NO_MATCH: "It is somebody else"}
TRACKING = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,29}"
"""A tracking number, of a request or of a subject."""


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
