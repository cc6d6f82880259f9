"""Decimal text and dates of statement files, exactly: no float, no rounding. Pure."""

import re
from datetime import date

from cloudbank.money import MAX_MINOR, exponent

_AMOUNT = re.compile(r"([+-]?)([0-9]{0,18})(?:[.,]([0-9]{0,18}))?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_ISO_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T.*|Z|[+-][0-9]{2}:[0-9]{2})?")
_OFX_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[0-9]{4,6}(?:\.[0-9]{1,6})?)?(?:\[[^\]]{0,20}\])?")


class NotExact(ValueError):
    """The text is no amount, currency or date of a statement; the message says why."""


def currency_code(text: str) -> str:
    """An ISO 4217 code."""
    if not _CURRENCY.fullmatch(text):
        raise NotExact(f"'{text[:20]}' is no ISO 4217 currency")
    return text


def minor_units(text: str, currency: str) -> int:
    """Minor units of "-1234.5" or "1234,50"; more decimals than the currency has must be zeros.

    The decimal sign is a point or a comma (OFX allows both); there are no thousands separators in either format.
    """
    found = _AMOUNT.fullmatch(text)
    if not found or not (found[2] or found[3]):
        raise NotExact(f"'{text[:40]}' is no amount")
    sign, whole, fraction = found[1], found[2] or "0", (found[3] or "").rstrip("0")
    digits = exponent(currency)
    if len(fraction) > digits:
        raise NotExact(f"'{text[:40]}' has more decimals than {currency} ({digits})")
    minor = int(whole) * 10**digits + int(fraction.ljust(digits, "0") or "0")
    if minor > MAX_MINOR * 10:
        raise NotExact(f"'{text[:40]}' is larger than any amount of this bank")
    return -minor if sign == "-" else minor


def iso_day(text: str) -> date:
    """The date of an ISO 8601 date or date and time, as the other bank wrote it."""
    found = _ISO_DAY.fullmatch(text)
    try:
        return date.fromisoformat(found[1] if found else text)
    except ValueError as error:
        raise NotExact(f"'{text[:40]}' is no date") from error


def ofx_day(text: str) -> date:
    """The date of OFX's YYYYMMDD[HHMMSS[.XXX]][offset:zone], as the other bank wrote it."""
    found = _OFX_DAY.fullmatch(text)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError as error:
        raise NotExact(f"'{text[:40]}' is no date") from error
    raise NotExact(f"'{text[:40]}' is no date")


def is_iban(text: str) -> bool:
    """Whether the check digits are right (ISO 13616, MOD 97-10)."""
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}", text):
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1
