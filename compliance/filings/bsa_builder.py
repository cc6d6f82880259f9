"""The elements that Form 111 and Form 112 have in common: parties, names, addresses, identification. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from compliance.filings.narrative import plain

BASE = "www.fincen.gov/base"
_ADDRESS = re.compile(r"(?P<street>.+), (?P<city>[^,]+), (?P<state>[A-Z]{2}) (?P<zip>\d{5}(?:-\d{4})?)")
_DIGITS = re.compile(r"\D")

ElementTree.register_namespace("fc2", BASE)


def digits(text: str) -> str:
    """The digits of a number as people write it."""
    return _DIGITS.sub("", text)


class Builder:
    """Builds elements with the running number that every compound element carries."""

    def __init__(self) -> None:
        self._number = 0

    def node(self, parent: ElementTree.Element, name: str) -> ElementTree.Element:
        """A compound element."""
        self._number += 1
        return ElementTree.SubElement(parent, f"{{{BASE}}}{name}", {"SeqNum": str(self._number)})

    def put(self, parent: ElementTree.Element, name: str, value: str, limit: int = 0) -> None:
        """A value; what is empty is left out."""
        text = plain(value)
        text = text[:limit].rstrip() if limit else text
        if text:
            ElementTree.SubElement(parent, f"{{{BASE}}}{name}").text = text

    def must(self, parent: ElementTree.Element, name: str, value: str = "") -> None:
        """A value that the schema wants even when it is empty."""
        ElementTree.SubElement(parent, f"{{{BASE}}}{name}").text = plain(value) or None

    # What both forms have.
    def bank_parties(self, activity: ElementTree.Element, bank: Any) -> None:
        """Transmitter, its contact, the filing institution, who answers questions."""
        sender = self.party(activity, "35", bank.name)
        self.bank_address(sender, bank)
        self.phone(sender, bank.phone)
        self.identify(sender, bank.tcc, "28")
        self.identify(sender, digits(bank.ein), "4")
        self.party(activity, "37", bank.contact)
        filer = self.party(activity, "30", bank.name, regulator=bank.regulator)
        self.bank_address(filer, bank)
        self.identify(filer, digits(bank.ein), "2")
        self.institution(filer)
        office = self.party(activity, "8", bank.contact)
        self.phone(office, bank.phone)

    def party(
        self,
        activity: ElementTree.Element,
        code: str,
        full_name: str,
        *,
        regulator: str = "",
        before: Sequence[tuple[str, str]] = (),
    ) -> ElementTree.Element:
        """A party that is an institution or an office, with its name. `before`: values the schema wants first."""
        made = self.node(activity, "Party")
        self.put(made, "ActivityPartyTypeCode", code)
        for name, value in before:
            self.put(made, name, value)
        self.put(made, "PrimaryRegulatorTypeCode", regulator)
        named = self.node(made, "PartyName")
        self.put(named, "PartyNameTypeCode", "L")
        self.put(named, "RawPartyFullName", full_name, 150)
        return made

    def bank_address(self, parent: ElementTree.Element, bank: Any) -> None:
        """Where the bank is."""
        made = self.node(parent, "Address")
        self.put(made, "RawCityText", bank.city, 50)
        self.put(made, "RawCountryCodeText", "US")
        self.put(made, "RawStateCodeText", bank.state, 3)
        self.put(made, "RawStreetAddress1Text", bank.street, 100)
        self.put(made, "RawZIPCode", digits(bank.zip), 9)

    def phone(self, parent: ElementTree.Element, number: str) -> None:
        """Digits only; none when there are none."""
        if found := digits(number):
            self.put(self.node(parent, "PhoneNumber"), "PhoneNumberText", found, 16)

    def identify(self, parent: ElementTree.Element, number: str, kind: str) -> None:
        """An identification number of a kind."""
        made = self.node(parent, "PartyIdentification")
        self.put(made, "PartyIdentificationNumberText", number, 25)
        self.put(made, "PartyIdentificationTypeCode", kind)

    def institution(self, parent: ElementTree.Element) -> None:
        """A depository institution."""
        self.put(self.node(parent, "OrganizationClassificationTypeSubtype"), "OrganizationTypeID", "2")

    def person_name(self, parent: ElementTree.Element, person: Mapping[str, Any]) -> None:
        """First and last names of a person, the one name of a business; or that they are unknown."""
        made = self.node(parent, "PartyName")
        words = plain(str(person.get("name", ""))).split()
        is_business = person.get("segment") == "business"
        if not words:
            self.put(made, "EntityLastNameUnknownIndicator", "Y")
        if len(words) < 2 and not is_business:
            self.put(made, "FirstNameUnknownIndicator", "Y")
        self.put(made, "PartyNameTypeCode", "L")
        if is_business:
            self.put(made, "RawEntityIndividualLastName", " ".join(words), 150)
            return
        self.put(made, "RawEntityIndividualLastName", words[-1] if words else "", 150)
        self.put(made, "RawIndividualFirstName", words[0] if len(words) > 1 else "", 35)
        self.put(made, "RawIndividualMiddleName", " ".join(words[1:-1]), 35)

    def person_address(self, parent: ElementTree.Element, text: str) -> None:
        """An address as far as its parts can be told apart; the rest is unknown."""
        made, known = self.node(parent, "Address"), _ADDRESS.fullmatch(plain(text))
        parts = known.groupdict() if known else {"street": plain(text), "city": "", "state": "", "zip": ""}
        country = "US" if known else ""
        if not parts["city"]:
            self.put(made, "CityUnknownIndicator", "Y")
            self.put(made, "CountryCodeUnknownIndicator", "Y")
        self.put(made, "RawCityText", parts["city"], 50)
        self.put(made, "RawCountryCodeText", country)
        self.put(made, "RawStateCodeText", parts["state"])
        self.put(made, "RawStreetAddress1Text", parts["street"], 100)
        self.put(made, "RawZIPCode", parts["zip"].replace("-", ""))
        unknown = {"StateCode": parts["state"], "StreetAddress": parts["street"], "ZIPCode": parts["zip"]}
        for name, value in unknown.items():
            if not value:
                self.put(made, f"{name}UnknownIndicator", "Y")

    def identity(self, parent: ElementTree.Element) -> None:
        """The bank keeps four characters of an identity document: neither its number nor the TIN is known in full."""
        self.put(self.node(parent, "PartyIdentification"), "TINUnknownIndicator", "Y")
        self.put(self.node(parent, "PartyIdentification"), "IdentificationPresentUnknownIndicator", "Y")
