"""What travels with a wire: its fields, their formats, and the movement in the ledger."""

from dataclasses import replace
from typing import Any

import pytest

from accounts.ledger import CASH, CLEARING, INSTRUMENTS, Instruction, Line, Refused, check, line_hash
from accounts.ledger.details import LONGEST, packed, unpacked
from accounts.particulars import particulars
from accounts.services.posting import post
from accounts.tests.conftest import TwoPeople, instruct, stored
from accounts.wires import Wire, account_problem, bic_country, in_words, institution_problem, wire_of
from cloudbank import countries
from cloudbank.clock import utcnow

WHOLE = Wire(
    originator_name="Carla Customer",
    originator_account="1234567890123456",
    originator_address="1 Main Street, New York",
    beneficiary_name="Acme GmbH",
    beneficiary_account="DE89370400440532013000",
    institution="COBADEFFXXX",
    country="DE",
)


def wire_out(account: str, amount: int = 10_000, wire: Wire = WHOLE, **more: Any) -> Instruction:
    return instruct("wire_out", amount, account, CLEARING, channel="wire", details=wire.packed(), **more)


# --- fields ---------------------------------------------------------------------------------------


def test_the_fields_come_back_as_they_were_stored_and_little_is_stored() -> None:
    assert wire_of(WHOLE.packed()) == WHOLE
    assert len(WHOLE.packed()) < 220
    assert Wire().packed() == "" and wire_of("") == Wire()


def test_details_that_are_damaged_are_no_fields() -> None:
    assert not unpacked("{") and not unpacked("[1]") and not unpacked("")


def test_missing_fields_are_named() -> None:
    assert WHOLE.missing() == []
    lacking = replace(WHOLE, originator_address="", country="")
    assert lacking.missing() == ["originator_address", "country"]
    assert in_words(lacking.missing()) == "originator's address and country"


def test_the_country_is_that_which_is_named_and_that_of_the_banks_bic() -> None:
    assert WHOLE.countries == ("DE",)
    assert replace(WHOLE, institution="MELIIRTHXXX").countries == ("DE", "IR")
    assert replace(WHOLE, institution="021000021", country="").countries == ("US",)


@pytest.mark.parametrize("text", ["DEUTDEFF", "COBADEFFXXX", "021000021", "NCBVXKPR"])
def test_a_bank_is_named_by_bic_or_routing_number(text: str) -> None:
    assert institution_problem(text) == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("021000022", "check digit"),
        ("990000008", "check digit"),  # the sum is right, no bank has the prefix
        ("DEUTZZFF", "no country"),
        ("DEUTDEF", "BIC"),
        ("deutdeff", "BIC"),
    ],
)
def test_what_names_no_bank_is_refused(text: str, says: str) -> None:
    assert says in institution_problem(text)


def test_the_country_of_a_bank() -> None:
    assert (bic_country("DEUTDEFF"), bic_country("021000021"), bic_country("what")) == ("DE", "US", "")


def test_an_ibans_check_digits_are_verified_and_other_numbers_are_let_pass() -> None:
    assert account_problem("DE89370400440532013000", is_iban=True) == ""
    assert "check digits" in account_problem("DE88370400440532013000", is_iban=False)
    assert account_problem("123-456 7", is_iban=False) == ""
    assert "letters and digits" in account_problem("x" * 40, is_iban=False)


def test_a_file_says_the_particulars_in_words() -> None:
    said = particulars(WHOLE.packed())
    assert "Beneficiary: Acme GmbH" in said and "Country: Germany" in said and "Other bank (BIC): COBADEFFXXX" in said


def test_countries_are_those_of_iso_3166() -> None:
    known = countries.countries()
    assert len(known) == 250 and known["DE"] == "Germany" and "ZZ" not in known and "EU" not in known
    assert countries.complaint("IR, KP") == ""
    assert countries.complaint("IR, Iran") == "'Iran' is no two-letter code of a country (ISO 3166); Iran is IR."


# --- in the ledger ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "debit", "credit", "channel"),
    [
        ("wire_out", "a", CASH, "wire"),
        ("wire_out", "a", "b", "wire"),
        ("wire_in", CASH, "a", "wire"),
        ("wire_out", "a", CLEARING, "online"),
        ("instrument", "a", CLEARING, "branch"),
        ("withdrawal", "a", INSTRUMENTS, "branch"),
    ],
)
def test_each_type_has_its_house_account_and_channel(kind: str, debit: str, credit: str, channel: str) -> None:
    with pytest.raises(Refused):
        check(instruct(kind, 100, debit, credit, channel=channel))


def test_details_have_a_longest_length() -> None:
    with pytest.raises(Refused, match="too long"):
        check(instruct("transfer", 100, "a", "b", details="x" * (LONGEST + 1)))
    check(instruct("transfer", 100, "a", "b", details="x" * LONGEST))


def a_line(**more: Any) -> Line:
    values: dict[str, Any] = dict.fromkeys(Line.__dataclass_fields__, "")
    return Line(**values | {"amount": -1, "balance_after": 0, "sequence": 1, "observed": False} | more)


def test_the_details_are_under_the_hash_and_lines_without_any_hash_as_before() -> None:
    plain = a_line()
    assert line_hash(a_line(details=packed({"cc": "DE"}))) != line_hash(a_line(details=packed({"cc": "FR"})))
    assert line_hash(a_line(split="x")) != line_hash(a_line(details="x")) != line_hash(plain)


def test_the_owner_sends_a_wire_and_somebody_else_the_one_that_comes_in() -> None:
    sent = a_line(type="wire_out", channel="wire", amount=-5, counter=CLEARING)
    assert sent.own and sent.sent == 5
    came = a_line(type="wire_in", channel="wire", amount=5, counter=CLEARING)
    assert not came.own and not came.by_owner and came.sent == 0


@pytest.mark.usefixtures("bank")
def test_a_wire_is_stored_with_its_fields_once_and_another_field_under_its_key_is_refused(two: TwoPeople) -> None:
    from_account = two.mine
    first = wire_out(from_account, key="wire-1")
    receipt = post(first, now=utcnow())
    assert stored(from_account).balance == 90_000
    assert wire_of(receipt.lines[0].details) == WHOLE
    again = post(first, now=utcnow())
    assert again.replayed and wire_of(again.lines[0].details) == WHOLE
    with pytest.raises(Refused) as refused:
        post(wire_out(from_account, key="wire-1", wire=replace(WHOLE, country="FR")), now=utcnow())
    assert refused.value.field == "details"
