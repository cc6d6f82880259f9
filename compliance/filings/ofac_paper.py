"""What a report to OFAC says beyond other filings, for its paper: the fields of 31 CFR 501.603(b)(1), 501.604(b)."""

from datetime import datetime

from django.conf import settings

from cloudbank import parameters
from cloudbank.money import format_amount
from cloudbank.wording import day_of, grouped
from compliance.filings.bank_facts import CITY, CONTACT, PHONE, STATE, STREET, ZIP
from compliance.filings.models import OfacReport
from compliance.filings.narrative import plain
from compliance.filings.terms import BLOCKED, DEEDS
from monitoring.case_paper import Section

PIECE = 1_000
"""A cell of the paper holds so many characters: a long text takes more than one row."""


def ofac_facts(item: OfacReport) -> list[tuple[str, str]]:
    """What stands on top."""
    day = "Blocked on" if item.deed == BLOCKED else "Rejected on"
    known = [
        ("Kind", DEEDS[item.deed]),
        (day, day_of(item.day)),
        ("Legal authority", item.authority or "not written yet"),
    ]
    if item.released_on:
        known.append(("Released", f"{day_of(item.released_on)}: {item.released_why}"))
    return known


def ofac_sections(item: OfacReport, now: datetime) -> list[Section]:
    """Who reports, the property or transaction, the entry of the list, the payment as instructed."""
    what = "Property" if item.deed == BLOCKED else "Transaction"
    lines = [
        (one["what"], grouped(one["account_id"]), f"{format_amount(one['amount'], one['currency'])} {one['currency']}")
        for one in item.lines
    ]
    text = plain(item.description)
    pieces = [(text[start : start + PIECE],) for start in range(0, len(text), PIECE)]
    found = [
        Section("Who reports", ("What", "Says"), (3, 13), holder(now)),
        Section(what, ("What", "Account", "Value"), (6, 6, 4), lines),
        Section("Description", ("Text",), (1,), pieces, "Not written yet."),
        Section("Associated sanctions target", ("What", "Says"), (3, 13), target_rows(item)),
    ]
    if item.instructions:
        rows = [(label, value) for label, value in item.instructions]
        found.append(Section("Payment instructions", ("Field", "As instructed"), (4, 12), rows))
    return found


def holder(now: datetime) -> list[tuple[str, str]]:
    """The bank, its address and whom OFAC asks; what is not set under Thresholds is said to be unknown."""
    known = parameters.snapshot(now)
    street, city, state, postal, phone, contact = (
        str(known[one.code]).strip() for one in (STREET, CITY, STATE, ZIP, PHONE, CONTACT)
    )
    address = ", ".join(filter(None, (street, city, f"{state} {postal}".strip())))
    return [
        ("Name", settings.BANK_NAME),
        ("Address", address or "unknown"),
        ("Contact", ", ".join(filter(None, (contact, phone))) or "unknown"),
    ]


def target_rows(item: OfacReport) -> list[tuple[str, str]]:
    """(label, value) of the entry of the sanctions list; empty when none is known."""
    labels = (
        ("name", "Name on the list"),
        ("entry", "Entry"),
        ("programs", "Programs"),
        ("countries", "Countries"),
        ("said", "What screening found"),
    )
    return [(label, str(item.target[name])) for name, label in labels if item.target.get(name)]
