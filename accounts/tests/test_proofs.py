"""A stranger checks a proof with nothing but the checker printed in docs/proofs.md: this runs that very text."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout, suppress
from datetime import timedelta
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Books, ClosedDay
from accounts.services.closing import close_through
from accounts.tests.conftest import TwoPeople
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.house.paths import ROOT

PAGE = (ROOT / "docs" / "proofs.md").read_text()
CHECKER = "".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
Proof = dict[str, Any]


@pytest.fixture
def proofs(two: TwoPeople) -> tuple[TwoPeople, list[str]]:
    """What the command prints for three postings of a day of nine."""
    made = [
        two.transfer(100 + number, memo="Miete f\N{LATIN SMALL LETTER U WITH DIAERESIS}r M\u00e4rz")
        for number in range(4)
    ]
    close_through(business_date(utcnow()), "USD", now=utcnow() + timedelta(days=7))
    printed = []
    for receipt in made[:3]:
        out = StringIO()
        call_command("prove_posting", receipt.lines[0].posting_id, stdout=out)
        printed.append(out.getvalue())
    return two, printed


def checked(text: str) -> str:
    """What the page's checker prints; SystemExit or another error when it is not content. In this process, for speed."""
    out, stopped = StringIO(), compile(CHECKER, "docs/proofs.md", "exec")
    real, sys.stdin = sys.stdin, StringIO(text)
    try:
        with redirect_stdout(out):
            exec(stopped, {})  # noqa: S102  the page's own text
    finally:
        sys.stdin = real
    return out.getvalue().strip()


def test_the_checker_is_some_twenty_lines_of_hashlib_and_json() -> None:
    assert len([line for line in CHECKER.splitlines() if line]) <= 21
    assert re.findall(r"^(?:import|from) (.*)$", CHECKER, re.MULTILINE) == ["hashlib, json, sys"]


def test_a_stranger_recomputes_the_days_seal(proofs: tuple[TwoPeople, list[str]]) -> None:
    """As a process of its own, outside the bank: what it prints is the seal that the books name."""
    two, printed = proofs
    books = store.get(Books, Books.key("USD"))
    assert books is not None
    for text in printed:
        done = subprocess.run(
            [sys.executable, "-I", "-c", CHECKER], input=text, capture_output=True, text=True, cwd="/"
        )
        assert (done.returncode, done.stdout.strip()) == (0, books.seal)
        assert checked(text) == books.seal


def places(value: Any, at: Callable[[Any], None]) -> Iterator[tuple[str, Callable[[Any], None]]]:
    """(text, how to put another one there) for each text and number in a proof."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], partial(value.__setitem__, key))
    else:
        yield str(value), at


def test_one_byte_that_differs_is_seen_wherever_it_stands(proofs: tuple[TwoPeople, list[str]]) -> None:
    text = max(proofs[1], key=len)  # the ninth of nine leaves has a path of one step
    proof = json.loads(text)
    unseen, tried = [], 0
    for was, put in places(proof, lambda new: None):
        for place in range(len(was)):
            put(other(was, place))
            tried += 1
            with suppress(SystemExit, ValueError, KeyError, IndexError, TypeError):
                unseen.append(f"{was} at {place}: {checked(json.dumps(proof))}")
            put(number(was))
    assert tried > 1_500
    assert not unseen
    assert checked(json.dumps(proof)) == json.loads(text)["seal"]


def other(was: str, place: int) -> str | int:
    """The text with one character changed; of digits another digit, of a letter the other case."""
    one = was[place]
    changed = str((int(one) + 1) % 10) if one.isdigit() else one.swapcase() if one.isalpha() else "x"
    return number(was[:place] + changed + was[place + 1 :])


def number(text: str) -> Any:
    """A text as the JSON value it came from: amounts are numbers, `observed` is a truth value."""
    if text in ("True", "False"):
        return text == "True"
    return int(text) if re.fullmatch(r"-?[1-9][0-9]{0,9}|0", text) else text


def test_a_proof_of_one_posting_is_none_of_another(proofs: tuple[TwoPeople, list[str]]) -> None:
    one, two = (json.loads(text) for text in proofs[1][:2])
    with pytest.raises(SystemExit, match="NOT PROVEN: its hash"):
        checked(json.dumps(one | {name: two[name] for name in ("posting", "content")}))
    with pytest.raises(SystemExit, match="NOT PROVEN: the path"):
        checked(json.dumps(one | {"path": two["path"]}))


def test_a_proof_gives_none_of_the_days_totals_away(proofs: tuple[TwoPeople, list[str]]) -> None:
    proof = json.loads(proofs[1][0])
    sealed = store.get(ClosedDay, ClosedDay.key("USD", proof["day"]))
    assert sealed is not None
    assert not set(sealed.numbers) & set(proof) and "new_checking" not in proofs[1][0]
