"""What a report says of the bank itself: parameters, set once under Thresholds by two people."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from cloudbank import parameters
from cloudbank.parameters import TEXTS, Parameter, TextKind, declare
from compliance.filings.terms import Refused

_SOURCE = "FinCEN XML user guides (CTR, SAR), parts on transmitter and filing institution"
REGULATORS = (("1", "Federal Reserve"), ("2", "FDIC"), ("3", "NCUA"), ("4", "OCC"))
TEXTS.setdefault("line", TextKind("One line.", lambda text: "" if len(text) <= 100 else "At most 100 characters."))


def _line(code: str, label: str, default: str = "") -> Parameter:
    return declare(Parameter(f"filing.bank_{code}", label, "line", default, _SOURCE))


EIN = _line("ein", "Employer identification number of the bank, 9 digits")
TCC = _line("tcc", "Transmitter control code of the bank; TBSATEST is FinCEN's own for tests", "TBSATEST")
STREET, CITY = _line("street", "Street of the bank"), _line("city", "City of the bank")
STATE, ZIP = _line("state", "State of the bank, 2 letters"), _line("zip", "ZIP code of the bank, 5 or 9 digits")
PHONE = _line("phone", "Telephone of the bank for questions on filings, digits")
CONTACT = _line("contact", "Office that answers questions on filings", "BSA compliance office")
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
