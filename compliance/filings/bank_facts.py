"""What a report says of the bank itself: parameters, set once under Thresholds by two people."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from cloudbank import parameters
from cloudbank.parameters import TEXTS, Parameter, TextKind, declare
from compliance.filings.terms import Refused

_SOURCE = "FinCEN XML user guides (CTR, SAR), parts on transmitter and filing institution"
REGULATORS = (("1", "Federal Reserve"), ("2", "FDIC"), ("3", "NCUA"), ("4", "OCC"))


def _kind(code: str, hint: str, pattern: str) -> str:
    """Declares a kind of text that is empty or fits a pattern; its code."""
    fits = re.compile(rf"(?:{pattern})?").fullmatch
    TEXTS.setdefault(code, TextKind(hint, lambda text: "" if fits(text.strip()) else hint))
    return code


LINE = _kind("line", "One line of at most 100 characters.", r".{1,100}")
NINE = _kind("ein", "Nine digits, for example 12-3456789.", r"[0-9]{2}-?[0-9]{7}")
TWO = _kind("us_state", "Two capital letters, for example VT.", r"[A-Z]{2}")
POSTAL = _kind("us_zip", "Five digits, or nine: 05156 or 05156-0001.", r"[0-9]{5}(-?[0-9]{4})?")
CALLED = _kind(
    "phone",
    "Ten to sixteen digits; spaces, brackets, dots, + and - may stand between.",
    r"[ ().+-]*([0-9][ ().+-]*){10,16}",
)


def _fact(code: str, label: str, kind: str = LINE, default: str = "") -> Parameter:
    return declare(Parameter(f"filing.bank_{code}", label, kind, default, _SOURCE))


EIN = _fact("ein", "Employer identification number of the bank, 9 digits", NINE)
TCC = _fact("tcc", "Transmitter control code of the bank; TBSATEST is FinCEN's own for tests", default="TBSATEST")
STREET, CITY = _fact("street", "Street of the bank"), _fact("city", "City of the bank")
STATE = _fact("state", "State of the bank, 2 letters", TWO)
ZIP = _fact("zip", "ZIP code of the bank, 5 or 9 digits", POSTAL)
PHONE = _fact("phone", "Telephone of the bank for questions on filings, digits", CALLED)
CONTACT = _fact("contact", "Office that answers questions on filings", default="BSA compliance office")
REGULATOR = declare(
    Parameter(
        "filing.bank_regulator", "Primary federal regulator of the bank", "choice", "2", _SOURCE, choices=REGULATORS
    )
)


@dataclass(frozen=True)
class BankFacts:
    """The bank as it files."""

    name: str
    ein: str
    tcc: str
    street: str
    city: str
    state: str
    zip: str
    phone: str
    contact: str
    regulator: str


def bank_facts(now: datetime) -> BankFacts:
    """As they are in force. Raises Refused naming what is not set."""
    in_force = parameters.snapshot(now)
    needed = (EIN, TCC, STREET, CITY, STATE, ZIP, PHONE, CONTACT)
    values = {one.code.removeprefix("filing.bank_"): str(in_force[one.code]).strip() for one in needed}
    if missing := [one.label for one in needed if not values[one.code.removeprefix("filing.bank_")]]:
        raise Refused(f"Set first, under Thresholds, Filings: {'; '.join(missing)}.")
    return BankFacts(name=settings.BANK_NAME, regulator=str(in_force[REGULATOR.code]), **values)
