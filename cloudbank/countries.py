"""Countries by their ISO 3166-1 alpha-2 codes. Pure.

The codes are those of iso3166.tab, which IANA keeps in its time zone data (package `tzdata`); the names are
CLDR's (package `babel`). Both are here already, so no list of our own can grow old.
"""

from functools import cache
from importlib import resources

from babel import Locale

KOSOVO = "XK"
"""Assigned by users, not by ISO; BICs and payments use it."""


@cache
def countries() -> dict[str, str]:
    """Code -> English name, in order of the name."""
    table = resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    names = Locale("en").territories
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    known = {code: str(names.get(code, name)) for code, name in rows} | {KOSOVO: "Kosovo"}
    return dict(sorted(known.items(), key=lambda one: one[1]))


def is_country(code: str) -> bool:
    """Whether it is a code of a country, in capitals."""
    return code in countries()


def country_name(code: str) -> str:
    """ "DE" -> "Germany"; what is no code stays as it is."""
    return countries().get(code, code)


def codes_in(text: str) -> list[str]:
    """The codes of a list with commas, each once, in its order."""
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def complaint(text: str) -> str:
    """What is wrong with a list of codes; "" when nothing is."""
    for code in codes_in(text):
        if not is_country(code):
            meant = next((known for known, name in countries().items() if name.casefold() == code.casefold()), "")
            hint = f"; {code} is {meant}" if meant else ""
            return f"'{code[:40]}' is no two-letter code of a country (ISO 3166){hint}."
    return ""


def in_words(text: str) -> str:
    """ "IR, KP" -> "Iran (IR), North Korea (KP)"; "" -> "no country"."""
    return ", ".join(f"{country_name(code)} ({code})" for code in codes_in(text)) or "no country"
