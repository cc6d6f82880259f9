"""The package on paper: what a person can read without a machine."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from cloudbank.clock import from_iso
from cloudbank.wording import absolute, day_of
from compliance.privacy.package import TITLES, Contents, checked
from compliance.retention import RIGHTS
from monitoring.case_paper import CasePaper, Section, as_pdf

_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z")
MOST_ROWS = 500
"""Rows of a section on paper; the files for machines have all of them."""
SKIPPED = {"movements": ("posted_at", "reference", "channel"), "accounts": (), "requests": ("outcome",)}


def pdf_of(contents: Contents, name: str, zone: ZoneInfo) -> bytes:
    """A4, embedded font. Each section as a table; of long ones the newest rows, which it says."""
    sections = []
    for section, rows in contents.sections.items():
        fields = [one for one in contents.fields(section) if one not in SKIPPED.get(section, ())]
        kept = [checked(section, row) for row in rows]
        shown = kept[-MOST_ROWS:]
        title = TITLES[section]
        if len(kept) > len(shown):
            title += f" (the latest {len(shown):,} of {len(kept):,}; the files have all)"
        if section == "person":
            facts = [[_head(field), _said(row.get(field), zone)] for row in shown for field in fields]
            sections.append(Section(title, ("What", "We hold"), (3, 7), facts))
        else:
            cells = [[_said(row.get(field), zone) for field in fields] for row in shown]
            sections.append(Section(title, [_head(one) for one in fields], [1] * len(fields), cells))
    about = [("For", name), ("Request", RIGHTS[contents.about][0])]
    made = absolute(contents.made_at, zone)
    return as_pdf(CasePaper(f"The data we hold about {name}", contents.bank, f"Made {made}", about, sections))


def _head(field: str) -> str:
    return field.replace("_", " ").capitalize()


def _said(value: object, zone: ZoneInfo) -> str:
    """A value as people read it; an instant on the bank's clock."""
    if value in (None, ""):
        return "\N{EM DASH}"
    if _INSTANT.fullmatch(str(value)):
        value = from_iso(str(value))
    return absolute(value, zone) if isinstance(value, datetime) else day_of(str(value))
