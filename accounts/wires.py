"""What travels with a wire: who sends, who receives, which bank (31 CFR 1010.410(f), 1020.410(a)). Pure.

The fields stand in the posting's details under short names. The purpose of a wire is its memo: both parties read it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from accounts.ledger.details import packed, unpacked
from cloudbank.countries import KOSOVO, country_name, is_country

THRESHOLD = 300_000
"""USD minor units from which the fields must travel: 31 CFR 1010.410(f) says "3,000 dollars or more"."""
NAME_LENGTH, ADDRESS_LENGTH = 100, 200
ACCOUNT_LENGTH = 34
"""Of an IBAN; other account numbers are shorter."""

_BIC = re.compile(r"[A-Z0-9]{4}([A-Z]{2})[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_ROUTING = re.compile(r"[0-9]{9}")
_ACCOUNT = re.compile(r"[A-Z0-9][A-Z0-9 ./-]{0,33}")
_SHORT = {
    "originator_name": "on",
    "originator_account": "oa",
    "originator_address": "od",
    "beneficiary_name": "bn",
    "beneficiary_account": "ba",
    "institution": "bk",
    "country": "cc",
}
LABELS = {
    "originator_name": "Originator",
    "originator_account": "Originator's account",
    "originator_address": "Originator's address",
    "beneficiary_name": "Beneficiary",
    "beneficiary_account": "Beneficiary's account",
    "institution": "Other bank",
    "country": "Country",
}


@dataclass(frozen=True, slots=True)
class Wire:
    """The fields of one wire. `institution`: the other bank's BIC or routing number; `country`: where it is."""

    originator_name: str = ""
    originator_account: str = ""
    originator_address: str = ""
    beneficiary_name: str = ""
    beneficiary_account: str = ""
    institution: str = ""
    country: str = ""

    def packed(self) -> str:
        """As a posting's details."""
        return packed({short: getattr(self, name) for name, short in _SHORT.items()})

    def missing(self) -> list[str]:
        """The fields without which the record of a wire of THRESHOLD and more is not whole."""
        return [name for name in _NAMES if not getattr(self, name)]

    def problems(self) -> list[str]:
        """What is not written as it must be; empty fields are none."""
        return [said for said in (institution_problem(self.institution), country_problem(self.country)) if said]

    def party(self, incoming: bool) -> str:
        """The name on the other side."""
        return self.originator_name if incoming else self.beneficiary_name

    def party_account(self, incoming: bool) -> str:
        """The account on the other side."""
        return self.originator_account if incoming else self.beneficiary_account

    @property
    def countries(self) -> tuple[str, ...]:
        """The country that is named, and that of the other bank's BIC where it is another."""
        return tuple(dict.fromkeys(code for code in (self.country, bic_country(self.institution)) if code))

    def facts(self) -> list[tuple[str, str]]:
        """(label, value) of what is known, in order."""
        known = [(name, getattr(self, name)) for name in _NAMES]
        shown = [(LABELS[name], country_name(value) if name == "country" else value) for name, value in known if value]
        return [(_label(label, value), value) for label, value in shown]


_NAMES = tuple(field.name for field in fields(Wire))


def _label(label: str, value: str) -> str:
    if label != LABELS["institution"]:
        return label
    return "Other bank (routing number)" if _ROUTING.fullmatch(value) else "Other bank (BIC)"


def wire_of(details: str | Mapping[str, str]) -> Wire:
    """The fields of a posting's details."""
    known = unpacked(details) if isinstance(details, str) else details
    return Wire(**{name: known.get(short, "") for name, short in _SHORT.items()})


def in_words(names: list[str]) -> str:
    """ "originator, originator's address and country"."""
    said = [LABELS[name][:1].lower() + LABELS[name][1:] for name in names]
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def bic_country(institution: str) -> str:
    """The country in a BIC; "US" of a routing number; "" of anything else."""
    if _ROUTING.fullmatch(institution):
        return "US"
    found = _BIC.fullmatch(institution)
    return found[1] if found else ""


def institution_problem(text: str) -> str:
    """What is wrong with a BIC (ISO 9362) or an ABA routing number (weights 3, 7, 1); "" when nothing, or empty."""
    if not text:
        return ""
    if _ROUTING.fullmatch(text):
        total = sum(int(digit) * weight for digit, weight in zip(text, (3, 7, 1) * 3, strict=True))
        right = total % 10 == 0 and text[:2] not in _NOT_ISSUED
        return "" if right else f"'{text}' is no routing number: its check digit does not match. Compare it."
    found = _BIC.fullmatch(text)
    if not found:
        return "Give the bank's BIC (8 or 11 letters and digits, as DEUTDEFF) or its 9-digit routing number."
    known = is_country(found[1]) or found[1] == KOSOVO
    return "" if known else f"'{text}' is no BIC: '{found[1]}' in places 5 and 6 is no country."


_NOT_ISSUED = frozenset({"00", *(str(n) for n in (*range(13, 21), *range(33, 61), *range(73, 80), *range(81, 100)))})
"""Federal Reserve prefixes that no bank has: 01-12, 21-32, 61-72 and 80 are in use."""


def country_problem(code: str) -> str:
    """What is wrong with a country's code; "" when nothing, or empty."""
    return "" if not code or is_country(code) else f"'{code[:20]}' is no two-letter code of a country (ISO 3166)."


def account_problem(text: str, *, is_iban: bool) -> str:
    """What is wrong with an account number elsewhere. `is_iban`: whether its check digits are an IBAN's."""
    if not text:
        return ""
    if not _ACCOUNT.fullmatch(text):
        return "An account number has at most 34 letters and digits."
    looks = re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}", text.replace(" ", ""))
    return "The check digits of this IBAN do not match. Compare it digit by digit." if looks and not is_iban else ""
