"""Reading statement files: camt.053 and OFX into one shape, exactly, or refused by position with a reason. Pure."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.statement_files import amounts
from accounts.statement_files.matching import CONFLICT, DUPLICATE, NEW, judged, reused
from accounts.statement_files.parts import Malformed, Statement
from accounts.statement_files.reading import MOST_BYTES, read_bytes
from accounts.tests.statement_makers import IBAN, Camt, Ofx, Row, camt, ofx

FIXED = {"ref": "", "text": "same", "who": "same"}


def one(content: bytes) -> Statement:
    """The only statement of a file."""
    (statement,) = read_bytes(content)
    return statement


def balances(statement: Statement) -> tuple[int | None, int | None]:
    """Opening and closing."""
    opening, closing = statement.opening, statement.closing
    return opening.amount if opening else None, closing.amount if closing else None


def refused(content: bytes) -> Malformed:
    with pytest.raises(Malformed) as caught:
        read_bytes(content)
    return caught.value


@pytest.mark.parametrize("version", ["02", "03", "04", "06", "08", "11", "13"])
@pytest.mark.parametrize("prefix", ["", "n0"])
def test_every_version_of_camt_is_read_alike(version: str, prefix: str) -> None:
    rows = [Row(12_345, ref="R1", value="2026-11-18"), Row(-2_000, ref="R2", who="Stadtwerke", text="Strom & Gas")]
    statement = one(camt(rows, version=version, prefix=prefix))
    assert (statement.holder.iban, statement.holder.bank, statement.currency) == (IBAN, "COBADEFFXXX", "EUR")
    assert balances(statement) == (10_000, 20_345)
    first, second = statement.entries
    assert (first.amount, first.booked_on, first.value_on) == (12_345, date(2026, 11, 16), date(2026, 11, 18))
    assert (first.reference, first.code, first.channel) == ("R1", "PMNT/RCDT/ESCT", "ach")
    assert (first.counterparty, first.counterparty_account) == ("ACME GmbH", "NL91ABNA0417164300")
    assert (second.amount, second.counterparty, second.text) == (-2_000, "Stadtwerke", "Strom & Gas")


def test_opening_balances_go_by_several_names_and_an_account_may_have_no_iban() -> None:
    statement = one(camt([Row(100, ref="a")], opening=-50, opening_code="PRCD", other="0554789741"))
    assert (balances(statement), statement.holder.number) == ((-50, 50), "0554789741")


def test_an_entry_that_is_not_booked_is_left_out_and_named() -> None:
    statement = one(camt([Row(100, ref="a"), Row(900, ref="b", status="PDNG"), Row(0, ref="c")], version="08"))
    assert [entry.reference for entry in statement.entries] == ["a"]
    assert [str(left) for left in statement.left_out] == [
        "statement 1, entry 2: is pending, not booked",
        "statement 1, entry 3: moves nothing: its amount is zero",
    ]


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_batch_is_split_when_its_parts_add_up_and_kept_whole_when_not(version: str) -> None:
    split = one(camt([Row(42_956, ref="B", parts=[32_956, 10_000])], version=version)).entries
    assert [(e.reference, e.amount, e.batch) for e in split] == [("B/1", 32_956, "B"), ("B/2", 10_000, "B")]
    for row in (Row(300, ref="B", parts=[100, 100]), Row(300, ref="B", parts=[200, 100], parts_say_amount=False)):
        (whole,) = one(camt([row], version=version)).entries
        assert (whole.reference, whole.amount, whole.text) == ("B", 300, "Batch of 2 payments")


def test_a_batch_may_hold_debits_among_credits() -> None:
    parts = one(camt([Row(700, ref="B", parts=[1_000, -300])], version="08")).entries
    assert [entry.amount for entry in parts] == [1_000, -300]


def test_the_closing_balance_says_which_way_a_reversal_goes() -> None:
    rows = [Row(-500, ref="a"), Row(500, ref="b", reversal=True, text="Return")]
    assert [e.amount for e in one(camt(rows)).entries] == [-500, 500]
    rows[1].amount = -500  # the dialect that repeats the direction of what it takes back
    flipped = one(camt(rows, opening=10_000, closing=10_000))
    assert [(e.amount, e.reversal) for e in flipped.entries] == [(-500, False), (500, True)]


def test_a_statement_that_does_not_foot_is_refused_with_the_difference() -> None:
    error = refused(camt([Row(500, ref="a")], closing=10_400))
    assert error.position == "statement 1"
    assert "the difference is −1.00 EUR" in error.reason


def test_several_statements_in_one_file_and_the_pages_of_one() -> None:
    maker = Camt()
    row = Row(100, **FIXED)
    pages = read_bytes(maker.document(maker.statement([row], 0, name="S"), maker.statement([row], 100, name="S")))
    references = [entry.reference for page in pages for entry in page.entries]
    assert len(set(references)) == 2, "equal entries on two pages happened twice"
    again = read_bytes(maker.document(maker.statement([row], 0, name="S"), maker.statement([row], 0, name="S")))
    assert len({entry.reference for page in again for entry in page.entries}) == 1, "the same page twice happened once"


def test_a_missing_reference_is_derived_from_content_and_number() -> None:
    first, second, third = one(camt([Row(100, **FIXED), Row(100, **FIXED), Row(101, **FIXED)])).entries
    assert len({first.reference, second.reference, third.reference}) == 3
    assert first.derived
    assert second.reference == f"{first.reference}-2"
    assert one(camt([Row(101, **FIXED), Row(100, **FIXED)])).entries[1].reference == first.reference


def test_an_entry_twice_in_a_file_counts_as_often_as_the_balance_says() -> None:
    rows = [Row(100, ref="R", text="x"), Row(100, ref="R", text="x")]
    assert len(one(camt(rows)).entries) == 2
    dropped = one(camt(rows, closing=10_100))
    assert len(dropped.entries) == 1
    assert "stands in the file twice (R)" in str(dropped.left_out[0])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            (
                b"<Amt Ccy='EUR'>1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts",
                b"<Amt Ccy='USD'>1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts",
            ),
            "is in USD",
        ),
        (
            (b">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts", b">1.005</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts"),
            "more decimals",
        ),
        ((b">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts", b">1e2</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts"), "is no amount"),
        ((b">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts", b">-1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts"), "negative"),
        ((b"<CdtDbtInd>CRDT</CdtDbtInd><Sts", b"<CdtDbtInd>UP</CdtDbtInd><Sts"), "not CRDT or DBIT"),
        ((b"<BookgDt><Dt>2026-11-16", b"<BookgDt><Dt>2026-02-30"), "is no date"),
    ],
)
def test_a_malformed_entry_is_named_by_position_and_reason(change: tuple[bytes, bytes], reason: str) -> None:
    good = camt([Row(100, ref="a")])
    assert change[0] in good
    error = refused(good.replace(*change))
    assert error.position == "statement 1, entry 1"
    assert reason in error.reason


def test_a_wrong_iban_is_refused() -> None:
    assert "check digits" in refused(camt([], iban="DE89370400440532013001")).reason


@pytest.mark.parametrize(
    "prologue",
    [
        '<!DOCTYPE Document [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE Document [<!ENTITY secret SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/evil.dtd">',
        '<!DOCTYPE Document [<!ENTITY % remote SYSTEM "http://127.0.0.1:9/x">%remote;]>',
    ],
)
def test_entity_bombs_and_external_entities_are_refused_unread(prologue: str) -> None:
    content = camt([Row(100, ref="a")])
    head, _, rest = content.partition(b"?>")
    error = refused(head + b"?>" + prologue.encode() + rest)
    assert "document type or entities" in error.reason
    ofx2 = ofx([Row(100, ref="a")], version=2)
    assert "document type or entities" in refused(ofx2.replace(b"<OFX>", prologue.encode() + b"<OFX>")).reason


def test_deep_nesting_endless_text_and_large_files_are_refused() -> None:
    deep = camt([]).replace(b"<GrpHdr>", b"<x>" * 100_000 + b"<GrpHdr>")
    assert "nested" in refused(deep).reason
    assert "more than 20,000 characters" in refused(camt([Row(100, ref="a", text="x" * 30_000)])).reason
    assert "larger than 10 MB" in refused(b" " * (MOST_BYTES + 1)).reason
    assert "nested" in refused(b"<OFX>" + b"<A>" * 1_000).reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04....", "archive"),
        (b"date;amount\n1;2", "neither"),
        (b"<?xml version='1.0'?><html/>", "no camt.053 and no OFX"),
        (b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.054.001.02'>", "no camt.053"),
        (b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'>", "well-formed"),
        (b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'/>", "holds no statement"),
        (b"OFXHEADER:100\n\nnothing", "holds no <OFX>"),
        (b"OFXHEADER:100\n\n<OFX><BANKMSGSRSV1><STMTTRNRS>", "is cut off"),
    ],
)
def test_what_is_no_statement_is_said_in_words(content: bytes, reason: str) -> None:
    assert reason in str(refused(content))


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("close", [False, True])
@pytest.mark.parametrize("card", [False, True])
@pytest.mark.parametrize("one_line", [False, True])
def test_every_dialect_of_ofx_is_read_alike(version: int, close: bool, card: bool, one_line: bool) -> None:
    rows = [Row(-198_001, ref="20230210090001", who="HARDWARE & STORE", text=""), Row(5_000, ref="2", day="2026-11-18")]
    statement = one(ofx(rows, closing=-5, version=version, close=close, card=card, one_line=one_line))
    assert (statement.currency, statement.holder.number) == ("USD", "000123456")
    assert statement.holder.bank == ("card" if card else "021000021")
    assert balances(statement) == (None, -5)
    first, second = statement.entries
    assert (first.amount, first.reference, first.counterparty) == (-198_001, "20230210090001", "HARDWARE & STORE")
    assert (second.amount, second.booked_on, second.text) == (5_000, date(2026, 11, 18), "Invoice 4711")


def test_ofx_amounts_follow_the_currency_and_may_have_a_comma() -> None:
    assert one(ofx([Row(1234, ref="1")], currency="JPY")).entries[0].amount == 1234
    assert one(ofx([Row(-1234, ref="1")], currency="KWD", comma=True)).entries[0].amount == -1234


def test_a_value_that_a_bank_leaves_empty_swallows_nothing() -> None:
    content = ofx([Row(100, ref="1", who="", text="")]).replace(b"<NAME>", b"<CHECKNUM>\r\n<NAME>")
    assert one(content).entries[0].amount == 100


def test_old_encodings_are_read() -> None:
    assert one(ofx([Row(100, ref="1", who="Łódź", text="")], version=2)).entries[0].counterparty == "Łódź"
    assert one(ofx([Row(100, ref="1", who="Café Zürich", text="")])).entries[0].counterparty == "Café Zürich"


def test_a_foreign_currency_a_correction_and_a_pending_entry_are_told_apart() -> None:
    content = ofx([Row(100, ref="1")])
    foreign = content.replace(b"</STMTTRN>", b"<CURRENCY><CURRATE>1.1<CURSYM>EUR</CURRENCY></STMTTRN>")
    assert refused(foreign).reason == "is in EUR, the account in USD"
    original = content.replace(b"</STMTTRN>", b"<ORIGCURRENCY><CURRATE>1.1<CURSYM>EUR</ORIGCURRENCY></STMTTRN>")
    assert one(original).entries[0].amount == 100
    corrected = one(content.replace(b"</STMTTRN>", b"<CORRECTFITID>0<CORRECTACTION>DELETE</STMTTRN>"))
    assert "asks to delete the entry 0" in str(corrected.left_out[0])


def test_an_error_message_of_the_bank_is_no_statement() -> None:
    content = ofx([]).replace(
        b"<STMTTRNRS><TRNUID>1\r\n<STATUS><CODE>0\r\n<SEVERITY>INFO",
        b"<STMTTRNRS><STATUS><CODE>2003\r\n<SEVERITY>ERROR\r\n<MESSAGE>Account not found",
    )
    assert refused(content).reason == "is an error message of the bank: Account not found"


def test_several_ofx_statements_in_one_file() -> None:
    maker, other = Ofx(), Ofx(account="9")
    both = read_bytes(maker.document(maker.statement([Row(1, ref="a")]), other.statement([Row(2, ref="a")])))
    assert [s.holder.number for s in both] == ["000123456", "9"]


# --- new, duplicate, conflict --------------------------------------------------------------------


def verdicts(content: bytes, known: dict[str, dict[str, dict[str, str]]]) -> list[tuple[str, str, str]]:
    entries = [entry for statement in read_bytes(content) for entry in statement.entries]
    return [(one.entry.reference, one.verdict, one.field) for one in judged(entries, known, reused(entries))]


def learnt(content: bytes) -> dict[str, dict[str, dict[str, str]]]:
    """What the books know after this file."""
    known: dict[str, dict[str, dict[str, str]]] = {}
    for statement in read_bytes(content):
        for entry in statement.entries:
            known.setdefault(entry.reference, {})[entry.digest] = entry.content()
            if entry.batch:
                known.setdefault(entry.batch, {})
    return known


def test_the_same_again_is_a_duplicate_and_other_content_a_conflict_that_names_the_field() -> None:
    known = learnt(camt([Row(100, ref="R")]))
    assert verdicts(camt([Row(100, ref="R"), Row(5, ref="S")]), known) == [("R", DUPLICATE, ""), ("S", NEW, "")]
    assert verdicts(camt([Row(101, ref="R")]), known) == [("R", CONFLICT, "amount")]
    assert verdicts(camt([Row(100, ref="R", day="2026-11-17")]), known) == [("R", CONFLICT, "booking date")]
    assert verdicts(camt([Row(100, ref="R", text="other")]), known) == [("R", CONFLICT, "text")]


def test_a_reference_that_a_bank_uses_again_in_one_file_tells_nothing_apart() -> None:
    chase = ofx([Row(-1000, ref="F1", text="Hotel"), Row(-30, ref="F1", text="Foreign fee")])
    assert [verdict for _, verdict, _ in verdicts(chase, {})] == [NEW, NEW]
    assert [verdict for _, verdict, _ in verdicts(chase, learnt(chase))] == [DUPLICATE, DUPLICATE]
    only_fee = ofx([Row(-30, ref="F1", text="Foreign fee")])
    assert [verdict for _, verdict, _ in verdicts(only_fee, learnt(chase))] == [DUPLICATE]
    assert [verdict for _, verdict, _ in verdicts(chase, learnt(only_fee))] == [NEW, DUPLICATE]


def test_an_identical_fitid_twice_in_one_file_is_one_entry() -> None:
    statement = one(ofx([Row(-30, ref="F1"), Row(-30, ref="F1")]))
    assert len(statement.entries) == 1
    assert "stands in the file twice" in str(statement.left_out[0])


def test_a_batch_that_was_one_entry_is_not_posted_again_in_parts_nor_the_other_way_round() -> None:
    whole = camt([Row(300, ref="B", parts=[200, 100], parts_say_amount=False)])
    parts = camt([Row(300, ref="B", parts=[200, 100])])
    assert {field for _, _, field in verdicts(parts, learnt(whole))} == {"batch"}
    assert verdicts(whole, learnt(parts)) == [("B", CONFLICT, "parts")]


# --- exactness ------------------------------------------------------------------------------------


@given(st.integers(-(10**15), 10**15), st.sampled_from(["JPY", "USD", "EUR", "KWD"]), st.integers(0, 3))
def test_amounts_are_exact_in_every_currency(minor: int, currency: str, zeros: int) -> None:
    maker = Camt(currency=currency)
    text = maker.money(minor) + ("." if currency == "JPY" and zeros else "") + "0" * zeros
    sign = "-" if minor < 0 else ""
    assert amounts.minor_units(f"{sign}{text}", currency) == minor
    assert amounts.minor_units(f"{sign}{text}".replace(".", ","), currency) == minor


@given(st.binary(max_size=300))
def test_whatever_the_bytes_reading_refuses_in_words(content: bytes) -> None:
    for head in (b"", b"OFXHEADER:100\n<OFX>", b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'>"):
        with pytest.raises(Malformed):
            read_bytes(head + content)


@given(st.text(max_size=60))
def test_whatever_the_text_an_amount_is_exact_or_refused(text: str) -> None:
    try:
        amounts.minor_units(text, "EUR")
    except amounts.NotExact:
        return
    assert set(text) <= set("+-0123456789.,")
