"""ISO 20022 camt.053 (bank to customer statement), every version from .001.02 on. Pure.

The versions differ in where a few things stand; each constant below names the places, oldest version first.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import IO

from accounts.statement_files.amounts import NotExact, currency_code, is_iban, iso_day, minor_units
from accounts.statement_files.camt_wires import wire_in
from accounts.statement_files.parts import Balance, Entry, Holder, LeftOut, Malformed, Statement
from accounts.statement_files.safe_xml import Node, at, children, name, namespace, text_at, walk

FORMAT = "camt.053"
MOST_ENTRIES = 50_000
_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.[0-9]{2}")

_STATUS = ("Sts/Cd", "Sts/Prtry", "Sts")
_DAY = ("{}/Dt", "{}/DtTm")
_PARTY = {1: ("RltdPties/Dbtr/Nm", "RltdPties/Dbtr/Pty/Nm"), -1: ("RltdPties/Cdtr/Nm", "RltdPties/Cdtr/Pty/Nm")}
_ULTIMATE = {
    1: ("RltdPties/UltmtDbtr/Nm", "RltdPties/UltmtDbtr/Pty/Nm"),
    -1: ("RltdPties/UltmtCdtr/Nm", "RltdPties/UltmtCdtr/Pty/Nm"),
}
_PARTY_ACCOUNT = {
    1: ("RltdPties/DbtrAcct/Id/IBAN", "RltdPties/DbtrAcct/Id/Othr/Id"),
    -1: ("RltdPties/CdtrAcct/Id/IBAN", "RltdPties/CdtrAcct/Id/Othr/Id"),
}
_PART_AMOUNT = ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")
_SERVICER = (
    "Svcr/FinInstnId/BICFI",
    "Svcr/FinInstnId/BIC",
    "Svcr/FinInstnId/ClrSysMmbId/MmbId",
    "Svcr/FinInstnId/Othr/Id",
)
_OPENING, _CLOSING = ("OPBD", "PRCD", "ITBD"), ("CLBD", "ITBD")
_SIGNS = {"CRDT": 1, "DBIT": -1}
_NOT_BOOKED = {"PDNG": "is pending, not booked", "INFO": "is for information only", "FUTR": "is to be booked later"}
_NO_REFERENCE = ("NOTPROVIDED", "NONREF", "NONE")
_CHANNELS = (("PMNT/CCRD", "card"), ("PMNT/MCRD", "card"), ("XBCT", "wire"), ("PMNT", "ach"))
"""Beginning or part of the ISO bank transaction code -> our channel; the first that fits."""


def read(file: IO[bytes]) -> list[Statement]:
    """The statements of the file, in its order. Raises Malformed."""
    statements: list[Statement] = []
    entries: list[Node] = []
    checked = inside = False
    for event, node in walk(file):
        tag = name(node)
        if event == "start":
            if not checked and tag == "Document":
                checked = _checked(node)
            inside = inside or tag == "Stmt"
        elif tag == "Ntry" and inside:
            entries.append(node)
            if len(entries) > MOST_ENTRIES:
                raise Malformed("", f"holds more than {MOST_ENTRIES:,} entries; ask the bank for shorter periods")
        elif tag == "Stmt":
            statements.append(_statement(node, f"statement {len(statements) + 1}"))
            node.clear()
            entries, inside = [], False
    if not checked:
        raise Malformed("", "is no camt.053 document")
    if not statements:
        raise Malformed("", "holds no statement")
    return statements


def _checked(node: Node) -> bool:
    if not _NAMESPACE.fullmatch(namespace(node)):
        raise Malformed("", f"is no camt.053 document but '{namespace(node)[-40:]}'")
    return True


def _statement(node: Node, position: str) -> Statement:
    account = at(node, "Acct")
    try:
        balances = [_balance(one) for one in children(node, "Bal")]
        opening, closing = _chosen(balances, _OPENING, first=True), _chosen(balances, _CLOSING, first=False)
        currency = currency_code(text_at(account, "Ccy") or _currency_of(node))
    except NotExact as error:
        raise Malformed(position, str(error)) from error
    if opening is None or closing is None:
        raise Malformed(position, f"has no {'opening' if opening is None else 'closing'} booked balance")
    if any(found != currency for _, _, found in balances):
        raise Malformed(position, f"has balances in another currency than the account's ({currency})")
    entries, left_out = _entries(node, position, currency)
    return Statement(
        format=FORMAT,
        position=position,
        name=text_at(node, "Id"),
        holder=_holder(account, position),
        currency=currency,
        opening=opening,
        closing=closing,
        entries=tuple(entries),
        left_out=tuple(left_out),
    )


def _currency_of(node: Node) -> str:
    found = next((amount for one in children(node, "Bal") if (amount := at(one, "Amt")) is not None), None)
    return found.attrib.get("Ccy", "") if found is not None else ""


def _holder(account: Node | None, position: str) -> Holder:
    iban = text_at(account, "Id/IBAN").replace(" ", "").upper()
    if iban and not is_iban(iban):
        raise Malformed(position, f"names the account '{iban}', whose IBAN check digits do not match")
    number = text_at(account, "Id/Othr/Id")
    if not (iban or number):
        raise Malformed(position, "does not say which account it is of")
    return Holder(iban=iban, bank=text_at(account, *_SERVICER), number="" if iban else number)


def _balance(node: Node) -> tuple[str, Balance, str]:
    amount = at(node, "Amt")
    currency = currency_code(amount.attrib.get("Ccy", "") if amount is not None else "")
    minor = minor_units(text_at(node, "Amt"), currency) * _sign(node)
    on = iso_day(text_at(node, *_places("Dt")))
    return text_at(node, "Tp/CdOrPrtry/Cd"), Balance(minor, on), currency


def _chosen(balances: list[tuple[str, Balance, str]], codes: tuple[str, ...], *, first: bool) -> Balance | None:
    """A statement over several days has a balance of each kind a day: the earliest opens, the latest closes it."""
    for code in codes:
        found = [balance for kind, balance, _ in balances if kind == code]
        if found:
            earliest = min(found, key=lambda balance: balance.on)
            latest = max(reversed(found), key=lambda balance: balance.on)
            return earliest if first else latest
    return None


def _sign(node: Node) -> int:
    said = text_at(node, "CdtDbtInd")
    if said not in _SIGNS:
        raise NotExact(f"CdtDbtInd is '{said[:10]}', not CRDT or DBIT")
    return _SIGNS[said]


def _places(tag: str) -> tuple[str, ...]:
    return tuple(place.format(tag) for place in _DAY)


def _entries(node: Node, position: str, currency: str) -> tuple[list[Entry], list[LeftOut]]:
    entries: list[Entry] = []
    left_out: list[LeftOut] = []
    for number, one in enumerate(children(node, "Ntry"), 1):
        where = f"{position}, entry {number}"
        status = text_at(one, *_STATUS) or "BOOK"
        try:
            if status != "BOOK":
                left_out.append(LeftOut(where, _NOT_BOOKED.get(status, f"has the status {status[:20]}")))
            elif found := list(_entry(one, where, currency)):
                entries += found
            else:
                left_out.append(LeftOut(where, "moves nothing: its amount is zero"))
        except NotExact as error:
            raise Malformed(where, str(error)) from error
    return entries, left_out


def _entry(node: Node, where: str, currency: str) -> Iterator[Entry]:
    """The entry, or the parts of a batch where its details say what each is."""
    amount = _amount(at(node, "Amt"), currency) * _sign(node)
    if not amount:
        return
    booked = text_at(node, *_places("BookgDt")) or text_at(node, *_places("ValDt"))
    booked_on = iso_day(booked)
    value = text_at(node, *_places("ValDt"))
    details = [part for group in children(node, "NtryDtls") for part in children(group, "TxDtls")]
    only = details[0] if len(details) == 1 else None
    whole = Entry(
        position=where,
        booked_on=booked_on,
        value_on=iso_day(value) if value else booked_on,
        amount=amount,
        reversal=text_at(node, "RvslInd") in ("true", "1"),
        reference=_reference(text_at(node, "AcctSvcrRef"), text_at(only, "Refs/AcctSvcrRef")),
    )
    parts = _parts(details, amount, currency) if len(details) > 1 else []
    if parts:
        for number, (part, own) in enumerate(zip(details, parts, strict=True), 1):
            yield _of_batch(_described(replace(whole, amount=own), node, part, booked_on), number, len(parts))
    else:
        yield _described(whole, node, only, booked_on, batch_of=len(details))


def _amount(node: Node | None, currency: str) -> int:
    if node is None:
        raise NotExact("has no amount")
    if node.attrib.get("Ccy") != currency:
        raise NotExact(f"is in {node.attrib.get('Ccy', 'no currency')[:10]}, the account in {currency}")
    minor = minor_units((node.text or "").strip(), currency)
    if minor < 0:
        raise NotExact("has a negative amount; the direction belongs into CdtDbtInd")
    return minor


def _reference(*candidates: str) -> str:
    """NtryRef is no candidate: most banks number the entries of each statement anew."""
    return next((text for text in candidates if text and text.upper() not in _NO_REFERENCE), "")


def _parts(details: list[Node], total: int, currency: str) -> list[int]:
    """The signed amounts of a batch's parts; [] when the details do not add up to the batch."""
    default = 1 if total > 0 else -1
    amounts = [_part_amount(part, currency, default) for part in details]
    return [part for part in amounts if part] if all(amounts) and sum(amounts) == total else []


def _part_amount(part: Node, currency: str, default: int) -> int:
    found = next((node for place in _PART_AMOUNT if (node := at(part, place)) is not None), None)
    if found is None or found.attrib.get("Ccy") != currency:
        return 0
    sign = _SIGNS.get(text_at(part, "CdtDbtInd"), default)
    return minor_units((found.text or "").strip(), currency) * sign


def _described(entry: Entry, node: Node, part: Node | None, booked_on: date, batch_of: int = 0) -> Entry:
    """Who and what for: from the details, else from the entry itself."""
    side = 1 if entry.amount > 0 else -1
    if entry.reversal:
        side = -side  # the parties are those of the original
    code = _code(part) or _code(node)
    channel = next((channel for mark, channel in _CHANNELS if mark in code), "import")
    note = f"Batch of {batch_of} payments" if batch_of > 1 else ""
    text = _remittance(part) or note or text_at(node, "AddtlNtryInf")
    return replace(
        entry,
        code=code,
        channel=channel,
        details=wire_in(part, side).packed() if channel == "wire" else "",
        counterparty=text_at(part, *_PARTY[side], *_ULTIMATE[side]),
        counterparty_account=text_at(part, *_PARTY_ACCOUNT[side]),
        text=text,
    )


def _code(node: Node | None) -> str:
    domain = [text_at(node, f"BkTxCd/Domn/{step}") for step in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")]
    return "/".join(part for part in domain if part) or text_at(node, "BkTxCd/Prtry/Cd")


def _remittance(part: Node | None) -> str:
    lines = [" ".join((line.text or "").split()) for line in children(at(part, "RmtInf"), "Ustrd")]
    structured = [text_at(one, "CdtrRefInf/Ref", "RfrdDocInf/Nb") for one in children(at(part, "RmtInf"), "Strd")]
    found = " ".join(text for text in (*lines, *structured) if text)
    end_to_end = _reference(text_at(part, "Refs/EndToEndId"))
    return found or text_at(part, "AddtlTxInf") or end_to_end


def _of_batch(entry: Entry, number: int, count: int) -> Entry:
    where = f"{entry.position}, part {number} of {count}"
    if not entry.reference:
        return replace(entry, position=where)
    return replace(entry, position=where, reference=f"{entry.reference}/{number}", batch=entry.reference)
