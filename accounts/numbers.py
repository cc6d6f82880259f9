"""Account numbers: 14 digits and two check digits (ISO 7064 MOD 97-10). Pure.

The check digits catch every single wrong digit and every swap of two neighbours, so a
mistyped recipient is caught before anything is read or posted.
"""

import hashlib

LENGTH = 16


class AccountNumberError(ValueError):
    """The text is no account number of this bank."""


def with_check_digits(body: str) -> str:
    """The full number for a body of 14 digits."""
    return f"{body}{98 - int(body) * 100 % 97:02d}"


def derive(*parts: str) -> str:
    """The account number that these parts always give (an import's or a request's key)."""
    digest = hashlib.sha256("\x1f".join(("account", *parts)).encode()).digest()
    return with_check_digits(str(10**13 + int.from_bytes(digest, "big") % (9 * 10**13)))


def parse(text: str) -> str:
    """The number without spaces and dashes; AccountNumberError says what is wrong."""
    cleaned = text.strip().replace(" ", "").replace("-", "")
    if not (cleaned.isascii() and cleaned.isdigit() and len(cleaned) == LENGTH):
        raise AccountNumberError(f"An account number has {LENGTH} digits.")
    if int(cleaned) % 97 != 1:
        raise AccountNumberError(
            "This account number is mistyped: its check digits do not match. Compare it digit by digit."
        )
    return cleaned


def grouped(number: str) -> str:
    """The number as people read it: four digits at a time."""
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))


def masked(number: str) -> str:
    """Only the last four digits."""
    return f"\N{BULLET}\N{BULLET}\N{BULLET}\N{BULLET} {number[-4:]}"
