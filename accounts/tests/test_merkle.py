"""A day's Merkle root proves each of its postings, and no other."""

import json
from datetime import timedelta
from hashlib import sha256
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from accounts import merkle
from accounts.models import Posting
from accounts.services.closing import close_through
from accounts.tests.conftest import TwoPeople
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.conf import business_date

hashes = st.lists(st.integers(0, 10**6).map(lambda n: sha256(str(n).encode()).hexdigest()), unique=True, max_size=40)


@given(hashes)
def test_each_content_leads_to_the_root(contents: list[str]) -> None:
    for content in contents:
        assert merkle.leads_to(content, merkle.path(contents, content)) == merkle.root(contents)


@given(hashes, st.text(alphabet="0123456789abcdef", min_size=64, max_size=64))
def test_what_is_not_there_leads_elsewhere(contents: list[str], other: str) -> None:
    if contents and other not in contents:
        assert merkle.leads_to(other, merkle.path(contents, contents[0])) != merkle.root(contents)


@given(hashes)
def test_the_root_changes_with_any_content(contents: list[str]) -> None:
    if contents:
        assert merkle.root(contents) != merkle.root(contents[1:])
        assert merkle.root(contents) == merkle.root(contents[::-1])


def test_a_node_is_no_leaf() -> None:
    two = [sha256(b"a").hexdigest(), sha256(b"b").hexdigest()]
    assert merkle.root([merkle.root(two)]) != merkle.root(two)


def test_a_posting_of_a_sealed_day_is_proven_by_the_command(two: TwoPeople) -> None:
    made = two.transfer(100)
    with pytest.raises(CommandError, match="not sealed"):
        call_command("prove_posting", made.lines[0].posting_id)
    close_through(business_date(utcnow()), "USD", now=utcnow() + timedelta(days=7))
    out = StringIO()
    call_command("prove_posting", made.lines[0].posting_id, stdout=out)
    said = json.loads(out.getvalue())
    assert merkle.leads_to(said["posting_hash"], [tuple(step) for step in said["path"]]) == said["root"]
    assert said["seal"] and said["posting"]["amount"] == -100
    with pytest.raises(CommandError, match="no posting"):
        call_command("prove_posting", "pst_unknown")


@pytest.mark.parametrize(("name", "value"), [("memo", "other"), ("amount", -99), ("hash", "00")])
def test_a_posting_that_was_changed_since_is_not_proven(two: TwoPeople, name: str, value: object) -> None:
    made = two.transfer(100)
    close_through(business_date(utcnow()), "USD", now=utcnow() + timedelta(days=7))
    posting_id = made.lines[0].posting_id
    store.save([store.Update(Posting, posting_id, [getattr(Posting, name).set(value)])])
    with pytest.raises(CommandError, match="does not hold what it was sealed with"):
        call_command("prove_posting", posting_id)
