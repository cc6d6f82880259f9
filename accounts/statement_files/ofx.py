"""OFX 1 (SGML) and 2 (XML): statements of bank accounts and credit cards. Pure."""

import re
from typing import IO

from accounts.statement_files import sgml
from accounts.statement_files.amounts import NotExact, currency_code, minor_units, ofx_day
from accounts.statement_files.parts import Balance, Entry, Holder, LeftOut, Malformed, Statement
from accounts.statement_files.safe_xml import Node, at, children, name, text_at, walk

FORMAT = "OFX"
MOST_ENTRIES = 50_000
_KINDS = (("BANKMSGSRSV1", "STMTTRNRS", "STMTRS"), ("CREDITCARDMSGSRSV1", "CCSTMTTRNRS", "CCSTMTRS"))
_CHANNELS = {
    "POS": "card",
    "ATM": "card",
    "DIRECTDEP": "ach",
    "DIRECTDEBIT": "ach",
    "REPEATPMT": "ach",
    "PAYMENT": "ach",
    "XFER": "ach",
    "CHECK": "ach",
}
_VALUE_NAMES = """
    BALAMT DTASOF CURDEF BANKID BRANCHID ACCTID ACCTTYPE ACCTKEY DTSTART DTEND TRNTYPE DTPOSTED DTUSER DTAVAIL TRNAMT
    FITID CORRECTFITID CORRECTACTION SRVRTID CHECKNUM REFNUM SIC PAYEEID NAME EXTDNAME MEMO CURRATE CURSYM CODE
    SEVERITY MESSAGE DTSERVER LANGUAGE DTPROFUP DTACCTUP ORG FID TRNUID CLTCOOKIE INTU.BID INTU.USERID INTU.ORG
    ADDR1 ADDR2 ADDR3 CITY STATE POSTALCODE COUNTRY PHONE MKTGINFO
"""
_VALUES = frozenset(_VALUE_NAMES.split())
"""Elements with a value: never aggregates, even when a bank leaves them empty."""
_HEADER = re.compile(rb"\s*(ENCODING|CHARSET)\s*:\s*([A-Za-z0-9-]+)", re.IGNORECASE)
_CHARSETS = {"1252": "cp1252", "8859-1": "iso-8859-1", "ISO-8859-1": "iso-8859-1", "1250": "cp1250", "1251": "cp1251"}


def read(file: IO[bytes]) -> list[Statement]:
    """The statements of the file, in its order. Raises Malformed."""
    head = file.read(200)
    file.seek(0)
    root = _xml(file) if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml") else _sgml(file.read())
    statements: list[Statement] = []
    for messages, response, body in _KINDS:
        for group in children(root, messages):
            for answer in children(group, response):
                position = f"statement {len(statements) + 1}"
                _refuse_error(answer, position)
                statements += [_statement(node, position) for node in children(answer, body)]
    if not statements:
        raise Malformed("", "holds no statement of a bank account or credit card")
    return statements


def _xml(file: IO[bytes]) -> Node:
    root: Node | None = None
    for _, node in walk(file):
        root = root if root is not None else node
    if root is None or name(root) != "OFX":
        raise Malformed("", "is no OFX document")
    return root


def _sgml(content: bytes) -> Node:
    header = content[: max(0, content.upper().find(b"<OFX>"))]
    said = {key.upper(): value.decode().upper() for key, value in _HEADER.findall(header)}
    charset = _CHARSETS.get(said.get(b"CHARSET", ""), "")
    encodings = [charset] if charset and said.get(b"ENCODING") != "UTF-8" else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return sgml.tree(content.decode(encoding), _VALUES)
        except UnicodeDecodeError:
            continue
    raise Malformed("", f"is not in the encoding that its header names ({', '.join(encodings)})")


def _refuse_error(answer: Node, position: str) -> None:
    if text_at(answer, "STATUS/SEVERITY").upper() == "ERROR":
        said = text_at(answer, "STATUS/MESSAGE") or f"code {text_at(answer, 'STATUS/CODE')}"
        raise Malformed(position, f"is an error message of the bank: {said[:200]}")


def _statement(node: Node, position: str) -> Statement:
    try:
        currency = currency_code(text_at(node, "CURDEF"))
        amount = text_at(node, "LEDGERBAL/BALAMT")
        closing = Balance(minor_units(amount, currency), ofx_day(text_at(node, "LEDGERBAL/DTASOF"))) if amount else None
    except NotExact as error:
        raise Malformed(position, str(error)) from error
    entries, left_out = _entries(node, position, currency)
    period = "-".join(text_at(node, f"BANKTRANLIST/{end}")[:8] for end in ("DTSTART", "DTEND"))
    return Statement(
        format=FORMAT,
        position=position,
        name=period.strip("-"),
        holder=_holder(node, position),
        currency=currency,
        opening=None,
        closing=closing,
        entries=tuple(entries),
        left_out=tuple(left_out),
    )


def _holder(node: Node, position: str) -> Holder:
    number = text_at(node, "BANKACCTFROM/ACCTID", "CCACCTFROM/ACCTID")
    if not number:
        raise Malformed(position, "does not say which account it is of")
    bank = "/".join(filter(None, (text_at(node, f"BANKACCTFROM/{part}") for part in ("BANKID", "BRANCHID"))))
    return Holder(bank=bank or ("card" if at(node, "CCACCTFROM") is not None else ""), number=number)


def _entries(node: Node, position: str, currency: str) -> tuple[list[Entry], list[LeftOut]]:
    entries: list[Entry] = []
    left_out: list[LeftOut] = []
    booked = children(at(node, "BANKTRANLIST"), "STMTTRN")
    if len(booked) > MOST_ENTRIES:
        raise Malformed(position, f"holds more than {MOST_ENTRIES:,} entries; ask the bank for shorter periods")
    for number, one in enumerate(booked, 1):
        where = f"{position}, entry {number}"
        try:
            if text_at(one, "CORRECTFITID"):
                action = text_at(one, "CORRECTACTION").lower() or "correct"
                fitid = text_at(one, "CORRECTFITID")[:40]
                left_out.append(LeftOut(where, f"asks to {action} the entry {fitid}: post a reversal by hand"))
            elif entry := _entry(one, where, currency):
                entries.append(entry)
            else:
                left_out.append(LeftOut(where, "moves nothing: its amount is zero"))
        except NotExact as error:
            raise Malformed(where, str(error)) from error
    pending = children(at(node, "BANKTRANLISTP"), "STMTTRNP")
    left_out += [LeftOut(f"{position}, pending {n}", "is pending, not booked") for n, _ in enumerate(pending, 1)]
    return entries, left_out


def _entry(node: Node, where: str, currency: str) -> Entry | None:
    other = text_at(node, "CURRENCY/CURSYM")
    if other and other != currency:
        raise NotExact(f"is in {other[:10]}, the account in {currency}")
    amount = minor_units(text_at(node, "TRNAMT"), currency)
    if not amount:
        return None
    booked_on = ofx_day(text_at(node, "DTPOSTED"))
    value = text_at(node, "DTAVAIL")
    code = text_at(node, "TRNTYPE").upper()
    check = text_at(node, "CHECKNUM")
    said = [text_at(node, "MEMO"), f"Check {check}" if check else ""]
    return Entry(
        position=where,
        booked_on=booked_on,
        value_on=ofx_day(value) if value else booked_on,
        amount=amount,
        code=code,
        channel=_CHANNELS.get(code, "import"),
        counterparty=text_at(node, "NAME", "PAYEE/NAME"),
        counterparty_account=text_at(node, "BANKACCTTO/ACCTID", "CCACCTTO/ACCTID"),
        text=" ".join(text for text in said if text),
        reversal=False,
        reference=text_at(node, "FITID"),
    )
