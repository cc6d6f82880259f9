"""The bank's own two files, documented in accounts/imports/README.md. Pure."""

import re

from accounts.imports.mappings import MAPPINGS
from accounts.imports.reading import BadLine, Row
from accounts.imports.rows import (
    HOUSE_REFS,
    PRODUCTS,
    SEGMENTS,
    AccountRow,
    Mapping,
    MovementRow,
    amount,
    balance,
    branch,
    choice,
    currency,
    day,
    instant,
    reference,
    text,
)
from accounts.ledger import CHANNELS, DEPOSIT, TRANSFER, WIRE_IN, WIRE_OUT, WITHDRAWAL
from accounts.ledger.details import packed, unpacked
from accounts.particulars import PLACE
from accounts.places import NoPlace, as_text, place
from accounts.wires import ACCOUNT_LENGTH, ADDRESS_LENGTH, NAME_LENGTH, Wire

_EMAIL = re.compile(r"[^@\s,;]{1,64}@[^@\s,;]+\.[^@\s,;]+")
_SIDES = {
    # type: whether its debit and its credit are a house account
    DEPOSIT: (True, False),
    WITHDRAWAL: (False, True),
    TRANSFER: (False, False),
    WIRE_IN: (True, False),
    WIRE_OUT: (False, True),
}
_BY_WIRE = {DEPOSIT: WIRE_IN, WITHDRAWAL: WIRE_OUT}
"""What came or went by wire is one, whatever the file calls it."""
_WIRE_FIELDS = {
    "originator_name": NAME_LENGTH,
    "originator_account": ACCOUNT_LENGTH,
    "originator_address": ADDRESS_LENGTH,
    "beneficiary_name": NAME_LENGTH,
    "beneficiary_account": ACCOUNT_LENGTH,
    "institution": 11,
    "country": 2,
}
_PLACE_FIELDS = ("latitude", "longitude")


def account(row: Row, line: int) -> AccountRow:
    """An account."""
    code, born = currency(row), day(row, "date_of_birth")
    email = text(row, "email", empty=True)
    if email and not _EMAIL.fullmatch(email):
        raise BadLine(f"email '{email}' is no e-mail address")
    ref = reference(row, "account_ref")
    if ref in HOUSE_REFS:
        raise BadLine(f"account_ref '{ref}' is the name of a house account")
    return AccountRow(
        line=line,
        ref=ref,
        customer_ref=reference(row, "customer_ref"),
        name=text(row, "name"),
        product=choice(row, "product", PRODUCTS, "checking"),
        currency=code,
        opening=balance(row, "opening_balance", code),
        branch=branch(row),
        segment=choice(row, "segment", SEGMENTS, "retail"),
        email=email,
        date_of_birth=born.isoformat() if born else "",
        opened_on=day(row, "opened_on"),
    )


def movement(row: Row, line: int) -> MovementRow:
    """A movement."""
    code = currency(row)
    kind = choice(row, "type", tuple(_SIDES))
    debit, credit = reference(row, "debit_ref"), reference(row, "credit_ref")
    if (debit in HOUSE_REFS, credit in HOUSE_REFS) != _SIDES[kind]:
        raise BadLine(f"a {kind} goes {_direction(kind)}, not from '{debit}' to '{credit}'")
    channel = choice(row, "channel", CHANNELS, "wire" if kind in (WIRE_IN, WIRE_OUT) else "import")
    kind = _BY_WIRE.get(kind, kind) if channel == "wire" and "clearing" in (debit, credit) else kind
    _check_wire(kind, channel, debit, credit)
    return MovementRow(
        line=line,
        reference=reference(row, "reference"),
        type=kind,
        debit=debit,
        credit=credit,
        amount=amount(row, "amount", code),
        channel=channel,
        branch=branch(row),
        memo=text(row, "memo", empty=True),
        at=instant(row, "posted_at"),
        currency=code,
        details=_details(row, kind),
    )


def _check_wire(kind: str, channel: str, debit: str, credit: str) -> None:
    if kind in (WIRE_IN, WIRE_OUT) and (channel != "wire" or "clearing" not in (debit, credit)):
        raise BadLine(f"a {kind} goes by the channel wire, against clearing")


def _details(row: Row, kind: str) -> str:
    """The travel-rule fields of a wire, where the file has them, and the place."""
    fields = {name: text(row, name, longest=most, empty=True) for name, most in _WIRE_FIELDS.items()}
    if kind not in (WIRE_IN, WIRE_OUT) and (given := next((name for name, value in fields.items() if value), "")):
        raise BadLine(f"{given} belongs to a wire, not to a {kind}")
    wire = Wire(**fields)
    if problems := wire.problems():
        raise BadLine(problems[0])
    known = dict(unpacked(wire.packed()))
    if any(row.get(name, "").strip() for name in _PLACE_FIELDS):
        try:
            known[PLACE] = as_text(place(*(row.get(name, "").strip() for name in _PLACE_FIELDS)))
        except NoPlace as error:
            raise BadLine(str(error)) from error
    return packed(known)


def _direction(kind: str) -> str:
    house = " or ".join(HOUSE_REFS)
    sides = [house if is_house else "an account" for is_house in _SIDES[kind]]
    return f"from {sides[0]} to {sides[1]}"


MAPPINGS.add(
    "cloudbank",
    Mapping(
        account_columns=("account_ref", "customer_ref", "name", "currency", "opening_balance"),
        account_optional=("email", "date_of_birth", "product", "opened_on", "branch", "segment"),
        movement_columns=("reference", "posted_at", "type", "debit_ref", "credit_ref", "amount", "currency"),
        movement_optional=("channel", "branch", "memo", *_WIRE_FIELDS, *_PLACE_FIELDS),
        account=account,
        movement=movement,
    ),
)
