"""Whether the law asks for a report on suspicious activity, by amount and kind (12 CFR 21.11(c), 353.3(a)).

Insider abuse of any amount; from 5,000.00 with a suspect, or where the Bank Secrecy Act or money laundering is
concerned (31 CFR 1020.320(a)(2)); from 25,000.00 also without a suspect. Below, a bank may report of its own accord.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from cloudbank import parameters
from cloudbank.money import format_amount
from cloudbank.parameters import Parameter, declare
from compliance.filings.models import ActivityReport
from compliance.filings.narrative import KINDS

BSA_TYPES = frozenset({1, 7, 8})
"""Types of activity of Form 111: structuring, terrorist financing, money laundering."""
INSIDER = "insider"


def _amount(code: str, label: str, default: int, source: str) -> Parameter:
    return declare(Parameter(f"filing.{code}", label, "money", default, source, minimum=1, maximum=10**12))


WITH_SUSPECT = _amount(
    "sar_suspect", "Suspicious activity with a suspect is reported from", 500_000, "12 CFR 21.11(c)(2)"
)
NO_SUSPECT = _amount("sar_no_suspect", "The same without a suspect, from", 2_500_000, "12 CFR 21.11(c)(3)")
LAUNDERING = _amount(
    "sar_bsa", "The same when laundering or the Bank Secrecy Act is concerned, from", 500_000,
    "31 CFR 1020.320(a)(2); 12 CFR 21.11(c)(4)",
)  # fmt: skip


@dataclass(frozen=True)
class Thresholds:
    """From which amounts on (minor units) a report is asked for."""

    suspect: int
    no_suspect: int
    laundering: int


def thresholds(now: datetime, currency: str) -> Thresholds:
    """Those in force."""
    known = parameters.snapshot(now)
    return Thresholds(*(known.money(one.code, currency) for one in (WITH_SUSPECT, NO_SUSPECT, LAUNDERING)))


def why_due(kinds: Collection[str], total: int, has_suspect: bool, limits: Thresholds, currency: str) -> str:
    """Why a report must be filed; "" when the bank may, and need not."""
    if INSIDER in kinds:
        return "Required: abuse by an insider, whatever the amount."
    reasons = (
        ("laundering or the Bank Secrecy Act is concerned", limits.laundering, _concerns_bsa(kinds)),
        ("with a suspect", limits.suspect, has_suspect),
        ("also without a suspect", limits.no_suspect, True),
    )
    for words, least, applies in reasons:
        if applies and total >= least:
            return f"Required from {format_amount(least, currency)} {currency}: {words}."
    return ""


def _concerns_bsa(kinds: Collection[str]) -> bool:
    return any(KINDS[code][1] in BSA_TYPES for code in kinds if code in KINDS)


def in_words(item: ActivityReport, now: datetime) -> str:
    """What the page says of a report."""
    if not item.total and INSIDER not in item.kinds:
        return "The amount is not known: whether a report is required cannot be said by it."
    why = why_due(item.kinds, item.total, item.has_suspect, thresholds(now, item.currency), item.currency)
    return (
        why or "Below every threshold: the bank may report, and need not. Facts that are still to come may change it."
    )
