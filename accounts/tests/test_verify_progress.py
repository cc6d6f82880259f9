"""Whoever waits for verify_ledger sees each part of its work and how far it is."""

import io

from accounts.models import Posting
from accounts.services.verification import verify
from accounts.tests.conftest import TwoPeople
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.progress import Parts


def test_every_part_of_the_full_check_tells_how_far_it_is_to_its_end(two: TwoPeople) -> None:
    two.transfer(500)
    heard: dict[str, list[tuple[int, int]]] = {}
    verify("USD", full=True, now=utcnow(), progress=lambda part, *figures: heard.setdefault(part, []).append(figures))
    assert [*heard] == ["Days", "Accounts", "Accounts and audit trails", "Other items and audit trails"]
    for part, figures in heard.items():
        done, total = figures[-1]
        assert done == total > 0, part
        assert figures == sorted(figures), part


def test_a_posting_outside_the_days_costs_another_reading_which_is_shown_too(two: TwoPeople) -> None:
    item = store.get(Posting, two.deposit(700).lines[0].posting_id)
    assert item is not None
    item.day_group = "posting#USD#2020-01-02#0"
    item.save()
    heard: list[str] = []
    check = verify("USD", full=True, now=utcnow(), progress=lambda part, done, total: heard.append(part))
    assert heard[-1] == "Postings, one by one"
    assert check.problems["I6 count"].first.startswith("account ")


def test_each_part_has_a_bar_of_its_own() -> None:
    stream = io.StringIO()
    with Parts(stream) as parts:
        parts.show("Days", 1, 2)
        first = parts._bar
        parts.show("Days", 2, 2)
        assert parts._bar is first and first is not None and first.done == 2
        parts.show("Accounts", 5, 10)
        assert parts._bar is not first and parts._bar is not None and parts._bar.done == 5
