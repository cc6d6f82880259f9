"""What the E-Filing System answers to a file: FinCEN's acknowledgement XML. Pure.

    EFilingBatchXML StatusCode="A" or "R"
        EFilingSubmissionXML
            EFilingActivityXML, one for each Activity of the file, in its order
                BSAID                       14 digits
                EFilingActivityErrorXML     empty, or ErrorLevelText, ErrorTypeCode, ErrorText, ErrorElementNameText

XML user guides of FinCEN (CTR 1.8, SAR 1.6), "Acknowledgement".
"""

from dataclasses import dataclass
from typing import Any

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from compliance.filings.terms import ACKNOWLEDGEMENT_DIGITS, Refused

ACCEPTED, REJECTED = "A", "R"
MOST_REMARKS, LONGEST = 200, 300


@dataclass(frozen=True)
class Acknowledgement:
    """The answer: whether the file was taken, a number for each report, and what was remarked on."""

    accepted: bool
    numbers: tuple[str, ...]
    remarks: tuple[tuple[int, str, str], ...]
    """(place of the report from 1 on, level, words)."""


def read_acknowledgement(content: bytes) -> Acknowledgement:
    """Read the file. Raises Refused (field `file`) saying what is wrong with it."""
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise Refused("This is no XML file of the E-Filing System.", "file") from error
    if _name(root) != "EFilingBatchXML" or root.get("StatusCode") not in (ACCEPTED, REJECTED):
        raise Refused("This is no acknowledgement: it says neither that a file was accepted nor rejected.", "file")
    answers = [one for one in root.iter() if _name(one) == "EFilingActivityXML"]
    remarks = [
        (place, level, words)
        for place, one in enumerate(answers, 1)
        for level, words in map(_remark, (found for found in one.iter() if _name(found) == "EFilingActivityErrorXML"))
        if words
    ]
    if root.get("StatusCode") == REJECTED:
        return Acknowledgement(False, (), tuple(remarks[:MOST_REMARKS]))
    numbers = tuple(_text(one, "BSAID") for one in answers)
    wrong = [one for one in numbers if not (one.isascii() and one.isdigit() and len(one) == ACKNOWLEDGEMENT_DIGITS)]
    if wrong or len(set(numbers)) != len(numbers):
        raise Refused("A report in it has no BSA identifier of 14 digits, or two have the same.", "file")
    return Acknowledgement(True, numbers, tuple(remarks[:MOST_REMARKS]))


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: Any, name: str) -> str:
    return next(((one.text or "").strip() for one in element if _name(one) == name), "")


def _remark(element: Any) -> tuple[str, str]:
    """(level, "C57: words (element)"); the words are "" when the system had nothing to say."""
    code, words, where = (_text(element, f"Error{name}") for name in ("TypeCode", "Text", "ElementNameText"))
    said = f"{code}: {words}" if code else words
    return _text(element, "ErrorLevelText"), (f"{said} ({where})" if words and where else said)[:LONGEST]
