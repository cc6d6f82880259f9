"""The periods in force as the texts say them: "five years", "one month". A text names a period, never a number."""

from dataclasses import replace
from datetime import datetime

from cloudbank import parameters
from compliance.privacy.pasts import IDENTITY, RECORDS, SANCTIONS
from compliance.privacy.processing import REGISTER, Processing
from compliance.privacy.services import ANSWER, EXTENSION
from compliance.retention import ANSWERS, HOLDINGS, Holding

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def span(number: int, unit: str) -> str:
    """ "five years", "one month", "13 months"."""
    return f"{WORDS[number] if number < len(WORDS) else number} {unit}{'' if number == 1 else 's'}"


def periods(now: datetime) -> dict[str, str]:
    """Name of a period in the texts -> how long it is now."""
    known = parameters.snapshot(now)
    years = {"identity": IDENTITY, "records": RECORDS, "sanctions": SANCTIONS}
    found = {name: span(known.number(code), "year") for name, code in years.items()}
    answer, more = known.number(ANSWER), known.number(EXTENSION)
    return found | {"answer": span(answer, "month"), "more": span(more, "month"), "most": span(answer + more, "month")}


def holdings(now: datetime) -> list[Holding]:
    """What the bank holds about a customer, with the periods in force."""
    known = periods(now)
    return [replace(one, kept=one.kept.format(**known)) for one in HOLDINGS]


def register(now: datetime) -> list[Processing]:
    """The register of processing, with the periods in force."""
    known = periods(now)
    return [replace(one, kept=one.kept.format(**known)) for one in REGISTER]


def answer_draft(about: str, now: datetime) -> str:
    """What an officer's answer starts from."""
    return ANSWERS[about].format(**periods(now))
