"""What-if of patterns over several customers: one pass over the payments says what the nights would have found."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models.ledger import Books
from accounts.queries import totals
from accounts.testing import an_analyst, signed_in
from cloudbank import parameters, store
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from monitoring.models import AlertFinding, alert_subject
from monitoring.services.pattern_tuning import what_if_patterns
from monitoring.services.tuning import NoHistory
from monitoring.tests.test_detect_patterns import DAY, Village, run

LONGEST = "rule.cycle.days"


@pytest.fixture
def village(bank: Any) -> Village:
    """A village whose books began before its first movement."""
    made = Village()
    made.who("ann")
    books = store.get(Books, Books.key("USD"))
    assert books is not None
    books.first_day = business_date(utcnow() - 30 * DAY).isoformat()
    store.save([store.changed(books)])
    totals.forget()
    return made


def findings(village: Village) -> set[str]:
    """What detect_patterns stored."""
    return {
        one.transaction_id
        for alert in village.alerts()
        for one in AlertFinding.by_subject.query(alert_subject(alert.alert_id))
        if isinstance(one, AlertFinding)
    }


def test_with_what_is_in_force_it_finds_what_the_nights_find(village: Village) -> None:
    village.ring("ann", "bob", "cid", days=9)
    village.ring("dee", "eve", "fay", "gil", days=6, amount=80_000)
    same = what_if_patterns(changes={LONGEST: 13}, now=utcnow()).difference
    assert (same.gained, same.lost, same.kept) == ([], [], 2)
    run()
    assert {one.alert_id for one in same_alerts(village)} == findings(village)


def same_alerts(village: Village) -> list[Any]:
    """The alerts of a run with values that find nothing less: lost when nothing at all is found any more."""
    return what_if_patterns(changes={"rule.cycle.smallest": 10**9}, now=utcnow()).difference.lost


def test_a_shorter_window_loses_what_took_longer_and_days_before_the_first_do_not_count(village: Village) -> None:
    village.ring("ann", "bob", "cid", days=9, step=2)
    village.ring("dee", "eve", "fay", days=4, step=0.5)
    told = what_if_patterns(changes={LONGEST: 2}, now=utcnow())
    (lost,) = told.difference.lost
    assert lost.customer_id in {village.who(one) for one in ("ann", "bob", "cid")} and lost.rule == "cycle"
    assert told.difference.rules == [("cycle", 2, 1, 0, 1)]
    late = what_if_patterns(changes={LONGEST: 2}, now=utcnow(), first=business_date(utcnow() - 4 * DAY)).difference
    assert late.lost == [] and late.kept == 1, "begun before the first day, but ended before it as well"


def test_nonsense_is_refused_with_a_line_that_helps(bank: Any) -> None:
    with pytest.raises(NoHistory):
        what_if_patterns(changes={LONGEST: 2}, now=utcnow())
    for changes in ({"rule.fan_in.senders": 3}, {LONGEST: 15}):
        with pytest.raises(parameters.ParameterError):
            what_if_patterns(changes=changes, now=utcnow())
    with pytest.raises(CommandError, match="apart"):
        call_command("what_if", "--set", f"{LONGEST}=2", "--set", "rule.fan_in.senders=3", stdout=StringIO())


def test_the_page_and_the_command_try_a_pattern(village: Village) -> None:
    village.ring("ann", "bob", "cid", days=9, step=2)
    client = signed_in(Client(), an_analyst())
    assert "/rules/cycle/try" in client.get("/rules").content.decode()
    form = client.get("/rules/cycle/try").context["form"]
    sent = {name: form.get_initial_for_field(one, name) for name, one in form.fields.items()}
    page = client.get("/rules/cycle/try", sent | {"rule-cycle-days": "2"}).content.decode()
    assert "One pass over the days" in page and "27 Money went round in a circle" in page
    assert client.get("/rules/shared_identity/try").status_code == 404, "it is not looked for in payments"
    said = StringIO()
    call_command("what_if", "--set", f"{LONGEST}=2", stdout=said)
    assert "0 alerts gained, 1 lost" in said.getvalue() and "searched in one pass" in said.getvalue()
