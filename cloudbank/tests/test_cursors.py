import pytest
from django.core import signing

from cloudbank.cursors import MAX_LENGTH, CursorError, Position, binding, decode, encode

HERE = binding("alerts", "/alerts", "usr_1", {"status": "open"}, "-at", 25)
KEY = {"pk": "ALERT#01M80YXW3K", "sk": "2026-03-12T18:05:09.000000Z"}


def test_a_position_comes_back_as_it_was() -> None:
    position = Position().after(KEY, 25).after({**KEY, "sk": "2"}, 25)
    assert decode(encode(position, HERE), HERE) == position


def test_no_cursor_is_the_first_page() -> None:
    assert decode("", HERE) == Position()
    assert Position().is_first


@pytest.mark.parametrize("index", [0, 5, 20, -1])
def test_a_changed_cursor_is_refused(index: int) -> None:
    text = list(encode(Position(KEY, 25), HERE))
    text[index] = "A" if text[index] != "A" else "B"
    with pytest.raises(CursorError):
        decode("".join(text), HERE)


@pytest.mark.parametrize(
    "other",
    [
        binding("alerts", "/alerts", "usr_2", {"status": "open"}, "-at", 25),
        binding("alerts", "/alerts", "usr_1", {"status": "closed"}, "-at", 25),
        binding("alerts", "/alerts", "usr_1", {"status": "open"}, "at", 25),
        binding("history", "/alerts", "usr_1", {"status": "open"}, "-at", 25),
    ],
)
def test_a_cursor_of_another_person_filter_order_or_list_is_refused(other: str) -> None:
    with pytest.raises(CursorError):
        decode(encode(Position(KEY, 25), other), HERE)


def test_an_old_cursor_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    text = encode(Position(KEY, 25), HERE)
    monkeypatch.setattr("cloudbank.cursors.MAX_AGE_SECONDS", -1)
    with pytest.raises(CursorError):
        decode(text, HERE)


def test_signed_rubbish_of_our_own_is_refused() -> None:
    with pytest.raises(CursorError):
        decode(signing.dumps("x", salt="another purpose"), HERE)


def test_previous_walks_back_page_by_page() -> None:
    third = Position().after("a", 25).after("b", 25)
    assert third.before() == Position("a", 25, ((None, 0),))
    assert third.before().before() == Position()


def test_a_deep_cursor_still_fits_a_url_and_then_leads_to_the_first_page() -> None:
    position = Position()
    for number in range(400):
        position = position.after({"pk": f"ALERT#{number * 7919:026d}", "sk": f"{number * 104729:030d}"}, 100)
        position = decode(encode(position, HERE), HERE)
    assert len(encode(position, HERE)) <= MAX_LENGTH
    assert position.offset == 40_000
    assert 3 <= len(position.back) < 400
    while position.back:
        position = position.before()
    assert position.before() == Position()
