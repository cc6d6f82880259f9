"""The narrative of a suspicious activity report: six questions, one text, blocks that the form takes. Pure."""

import re
import unicodedata
from collections.abc import Mapping

QUESTIONS = {
    "who": "Who is conducting the suspicious activity?",
    "what": "What instruments or mechanisms are used, and how much is moved?",
    "when": "When did it take place?",
    "where": "Where did it take place?",
    "why": "Why does the bank think it is suspicious?",
    "how": "How did it work?",
}
"""FinCEN's guidance on preparing a complete and sufficient narrative; in the order of the text."""
BLOCK, BLOCKS = 4_000, 5
"""FinCEN SAR XML user guide: at most five blocks of 4,000 characters."""
KINDS = {
    "structuring": ("Structuring: transactions below the CTR threshold", 1, 114),
    "avoids_ctr": ("Structuring: alters or cancels transactions to avoid a CTR", 1, 112),
    "fraud_check": ("Fraud: check", 3, 301),
    "fraud_wire": ("Fraud: wire transfer", 3, 312),
    "fraud_ach": ("Fraud: ACH", 3, 320),
    "false_identity": ("Identification: questionable or false", 4, 409),
    "terrorism": ("Terrorist financing: known or suspected terrorist or organization", 7, 701),
    "source": ("Money laundering: source of funds", 8, 821),
    "accounts": ("Money laundering: use of multiple accounts", 8, 807),
    "wires": ("Money laundering: suspicious wire transfers", 8, 805),
    "third_party": ("Money laundering: third-party transactors", 8, 809),
    "pattern": ("Money laundering: out of pattern for the customer", 8, 812),
    "funnel": ("Money laundering: funnel account", 8, 824),
    "embezzlement": ("Other: embezzlement, theft, disappearance of funds", 9, 903),
    "together": ("Other: two or more individuals working together", 9, 911),
    "takeover": ("Other: account takeover", 9, 920),
    "elder": ("Other: elder financial exploitation", 9, 921),
    "insider": ("Other: misuse of position or self-dealing", 9, 924),
    "no_purpose": ("Other: no apparent economic, business or lawful purpose", 9, 925),
    "jurisdiction": ("Other: foreign high-risk jurisdiction", 9, 928),
}
"""Code -> (label, type and subtype of EFL_SARXBatchSchema 1.2)."""
_SPACES = re.compile(r"\s+")


class TooLong(ValueError):
    """The narrative does not fit into the form; the message says by how much."""


def plain(text: str) -> str:
    """A value as the E-Filing System takes it: no control or unassigned characters, single spaces, none at the ends."""
    kept = (sign if unicodedata.category(sign)[0] != "C" else " " for sign in text)
    return _SPACES.sub(" ", "".join(kept)).strip()


def told(answers: Mapping[str, str]) -> str:
    """The whole text: each answer under its question's word."""
    return " ".join(f"{code.upper()}: {text}" for code in QUESTIONS if (text := plain(answers.get(code, ""))))


def blocks(text: str) -> list[str]:
    """The text in blocks, broken between words. Raises TooLong when it takes more than the form has."""
    rest, found = plain(text), []
    while rest:
        cut = len(rest) if len(rest) <= BLOCK else rest.rfind(" ", 0, BLOCK + 1)
        cut = cut if cut > 0 else BLOCK
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if len(found) > BLOCKS:
        over = sum(len(one) for one in found[BLOCKS:])
        raise TooLong(
            f"The narrative is about {over:,} characters too long: the form takes {BLOCKS} blocks of {BLOCK:,}. "
            "Shorten it; what supports it stays in the case."
        )
    return found
