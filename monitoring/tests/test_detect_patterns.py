"""`manage.py detect_patterns` on the real engine: what it reads, what it raises, and when it is run again."""

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.ledger import CASH
from accounts.models import CustomerActivity, User
from accounts.queries.ledger import history
from accounts.services.posting import post
from accounts.testing import a_customer, make_user
from accounts.tests.conftest import an_account, instruct
from cloudbank import audit, jobs, store
from cloudbank.clock import iso, utcnow
from cloudbank.conf import business_date
from cloudbank.outbox import Message, day_group
from cloudbank.parameters import snapshot
from cloudbank.testing import Requests
from monitoring import packing
from monitoring.models import Alert, AlertFinding, IdentityMark, alert_subject, snoozed_subject
from monitoring.notices import ALERT
from monitoring.patterns.shared_identity import mark_of
from monitoring.queries import runs
from monitoring.queries.alerts import ALL, AlertFilter, alerts_page
from monitoring.queries.scores import customer_score
from monitoring.services import patterns, raising
from monitoring.services.closing import close_alert
from monitoring.services.snoozing import snooze_rule
from monitoring.tests.conftest import Screened, known_for_long
from monitoring.views.rows import rule_titles

DAY = timedelta(days=1)


class Village:
    """Customers by name with an account and money each; the network alerts of the bank."""

    def __init__(self) -> None:
        self.people: dict[str, User] = {}
        self.account: dict[str, str] = {}

    def who(self, name: str, **facts: Any) -> str:
        """The customer's id; new on first mention."""
        if name not in self.people:
            self.people[name] = a_customer(name=name.capitalize(), phone="", address="", **facts)
            known_for_long(self.people[name])
            self.account[name] = an_account(self.people[name])
            post(instruct("deposit", 700_000, CASH, self.account[name]), now=utcnow() - 25 * DAY)
        return self.people[name].user_id

    def pay(self, payer: str, payee: str, amount: int, at: datetime, kind: str = "transfer") -> str:
        """A payment of that time; its movement."""
        self.who(payer), self.who(payee)
        return post(instruct(kind, amount, self.account[payer], self.account[payee]), now=at).movement_id

    def ring(self, *names: str, amount: int = 90_000, days: float = 9, step: float = 1) -> list[str]:
        """Everybody pays the next and the last the first, `step` days apart, begun `days` ago."""
        for name in names:
            self.who(name)
        start, pairs = utcnow() - days * DAY, zip(names, [*names[1:], names[0]], strict=True)
        return [self.pay(a, b, amount - 1_000 * n, start + n * step * DAY) for n, (a, b) in enumerate(pairs)]

    def alerts(self, family: str = "network") -> list[Alert]:
        """All alerts of a family."""
        rows = alerts_page(AlertFilter(status=ALL), limit=500).rows
        return [one for one in rows if one.family == family]


@pytest.fixture
def village(bank: Any) -> Village:
    return Village()


def run(**options: Any) -> str:
    """Run the command; what it says."""
    out = io.StringIO()
    call_command("detect_patterns", stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def findings_of(alert: Alert) -> list[AlertFinding]:
    return list(AlertFinding.by_subject.query(alert_subject(alert.alert_id)))


def trail(alert: Alert) -> list[audit.AuditRecord]:
    return list(audit.AuditRecord.by_subject.query(alert_subject(alert.alert_id)))


def test_a_circle_opens_an_alert_with_its_path_its_members_and_its_audit_record(village: Village) -> None:
    moved = village.ring("ana", "ben", "cyd")
    said = run()
    (alert,) = village.alerts()
    assert (alert.severity, alert.rules, alert.status, alert.score) == ("high", {"cycle"}, "new", 50)
    assert alert.customer_id == village.who("ana") and alert.due_at and "2,670.00" not in alert.headline
    assert "900.00" in alert.headline and "880.00" in alert.headline and "cycle 1" in said and "1 alerts opened" in said
    (finding,) = findings_of(alert)
    assert [step[0] for step in finding.path] == moved
    assert finding.members == [village.who(name) for name in ("ana", "ben", "cyd")]
    assert {step[5] for step in finding.path} == set(village.account.values())
    (record,) = trail(alert)
    assert (record.action, record.actor_id) == ("raise", "command:detect_patterns")
    assert not audit.broken_at([record])
    state = store.get(CustomerActivity, CustomerActivity.key(alert.customer_id))
    assert state and packing.load(state.state).open_alerts["network"][0] == alert.alert_id


def test_a_second_run_raises_nothing_again_however_far_back_it_looks(village: Village) -> None:
    village.ring("ana", "ben", "cyd")
    run()
    before = {one.alert_id: one.version for one in village.alerts()}
    assert "nothing new" in run()
    assert "1 findings known before" in run(again=True)
    assert {one.alert_id: one.version for one in village.alerts()} == before


def test_a_later_finding_joins_the_open_alert_and_opens_a_new_one_after_it_was_closed(screened: Screened) -> None:
    village = Village()
    village.ring("ana", "ben", "cyd", days=20)
    run()
    village.ring("ana", "dan", "eva", days=9)
    run(again=True)  # tests post into the past, where only imports do, so all of it is looked at again
    (alert,) = village.alerts()
    assert (alert.finding_count, alert.score, len(findings_of(alert))) == (2, 100, 2)
    assert [record.action for record in trail(alert)] == ["raise", "join"] and not audit.broken_at(trail(alert))
    close_alert(
        alert_id=alert.alert_id, reason_code="laundering", note="seen", revision=0, actor=screened.actor(), now=utcnow()
    )
    village.ring("ana", "fay", "gil", days=3, step=0.5)
    run(again=True)
    assert sorted(one.status for one in village.alerts()) == ["closed", "new"]


def test_a_posting_and_the_command_share_the_one_open_alert(village: Village) -> None:
    start = utcnow() - 5 * DAY
    for n in range(5):
        village.who(f"s{n}"), village.who(f"r{n}")
    village.who("hub")
    for n in range(5):
        village.pay(f"s{n}", "hub", 60_000, start + n * timedelta(hours=1))
    for n in range(5):
        village.pay("hub", f"r{n}", 60_000, start + timedelta(hours=30 + n))
    (before,) = [one for one in village.alerts("fan") if one.customer_id == village.who("hub")]
    assert "gather_scatter" in before.rules
    run()
    (after,) = [one for one in village.alerts("fan") if one.customer_id == village.who("hub")]
    assert after.alert_id == before.alert_id and after.finding_count == before.finding_count + 1
    assert after.score == before.score, "naming the members is no further suspicion"
    named = next(one for one in findings_of(after) if one.members)
    assert len(named.members) == 11 and named.number == 16


def test_a_run_that_was_cut_short_ends_as_if_it_had_not_been(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    village.ring("ana", "ben", "cyd", days=12)
    village.ring("dan", "eva", "fay", days=6)
    real, calls = patterns.raise_findings, iter([0, 1])

    def dies(*args: Any, **more: Any) -> raising.Done:
        if next(calls):
            raise store.Unavailable("the engine went away")
        return real(*args, **more)

    monkeypatch.setattr(patterns, "raise_findings", dies)
    with pytest.raises(CommandError, match="went away.*run it again"):
        run()
    assert len(village.alerts()) == 1
    failed = jobs.last_run(runs.JOB)
    assert failed and failed.state == "failed"
    monkeypatch.setattr(patterns, "raise_findings", real)
    assert "1 alerts opened, 1 findings known before" in run()
    assert len(village.alerts()) == 2 and all(len(findings_of(one)) == 1 for one in village.alerts())


def test_a_lost_answer_does_not_raise_twice(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    village.ring("ana", "ben", "cyd")
    real, lost = store.save, iter([True])

    def save(writes: Any) -> None:
        real(writes)
        if any(isinstance(getattr(one, "item", None), AlertFinding) for one in writes) and next(lost, False):
            raise store.OutcomeUnknown("the answer was lost")

    monkeypatch.setattr(store, "save", save)
    assert "cycle 1" in run()
    (alert,) = village.alerts()
    assert alert.finding_count == 1 and len(trail(alert)) == 1


def test_a_later_run_reads_only_the_days_that_matter(village: Village, requests_made: Requests) -> None:
    village.ring("ana", "ben", "cyd")
    run(window=60)

    def days() -> set[str]:
        groups = [
            arguments.get("ExpressionAttributeValues", {}).get(":g", {}).get("S", "") for _, arguments in requests_made
        ]
        return {group.split("#")[2] for group in groups if group.startswith("posting#")}

    requests_made.clear()
    run(window=60)
    assert days() and min(days()) >= (utcnow() - timedelta(days=16)).date().isoformat()
    assert not requests_made.count("Scan")


def test_history_that_came_in_later_is_looked_at_from_its_first_day(village: Village) -> None:
    run()
    now = utcnow()
    old = (now - 20 * DAY).date().isoformat()
    assert patterns._since(30, now, False, {}) > now - DAY
    assert patterns._since(30, now, False, {"mine": [old, old]}) <= now - 20 * DAY
    assert patterns._since(10, now, False, {"mine": [old, old]}) == now - 10 * DAY
    assert patterns._since(30, now, True, {}) == now - 30 * DAY


def test_wages_reversals_and_ones_own_accounts_are_no_links(village: Village) -> None:
    for name in ("ana", "ben", "cyd"):
        village.who(name)
    start = utcnow() - 9 * DAY
    village.pay("ana", "ben", 90_000, start)
    village.pay("ben", "cyd", 90_000, start + DAY, kind="payroll")
    village.pay("cyd", "ana", 90_000, start + 2 * DAY)
    second = an_account(village.people["cyd"])
    post(instruct("transfer", 90_000, village.account["cyd"], second), now=utcnow())
    assert "3 movements" not in run() and not village.alerts()


def test_who_collects_by_trade_is_no_end_of_a_split(village: Village) -> None:
    def split(source: str, target: str) -> None:
        start = utcnow() - 9 * DAY
        for n in range(3):
            village.pay(source, f"{source}{n}", 80_000, start + n * timedelta(hours=1))
        for n in range(3):
            village.pay(f"{source}{n}", target, 79_000, start + DAY + n * timedelta(hours=1))

    village.who("shop", segment="business")
    split("ann", "shop")
    assert "nothing new" in run()
    split("bob", "tom")
    run(again=True)
    (alert,) = village.alerts()
    assert alert.customer_id == village.who("bob") and "2,370.00" in alert.headline


def test_a_dry_run_says_what_it_would_find_and_writes_nothing(village: Village, requests_made: Requests) -> None:
    village.ring("ana", "ben", "cyd")
    a_customer(phone="+1 212 555 0199"), a_customer(phone="(1) 212-555-0199")
    requests_made.clear()
    said = run(dry_run=True)
    assert "would be found cycle 1, shared_identity 1" in said
    assert not {"TransactWriteItems", "PutItem", "UpdateItem", "BatchWriteItem"} & set(requests_made.operations)


def test_only_shards_that_hold_a_posting_are_asked_for_movements(village: Village, requests_made: Requests) -> None:
    moved = village.ring("ana", "ben", "cyd", days=3, step=0.5)
    paid_in = [line for who in village.account.values() for line in history(who).rows]
    groups = {line.day_group for line in paid_in}
    assert set(moved) < {line.movement_id for line in paid_in}
    requests_made.clear()
    assert "cycle 1" in run(dry_run=True)
    queries = [arguments["ExpressionAttributeValues"] for name, arguments in requests_made if name == "Query"]
    asked = [values[":g"]["S"] for values in queries if ":g" in values]
    asked = [one for one in asked if one.startswith("posting#")]
    assert groups <= set(asked) and len(asked) == len(set(asked))
    quiet = {one.rpartition("#")[0] for one in asked} - {one.rpartition("#")[0] for one in groups}
    assert len(quiet) <= 2, "only the day of the test, or two, also counts who became a customer"


def test_two_runs_at_once_are_one(village: Village) -> None:
    with jobs.run(runs.JOB, key="x", now=utcnow()), pytest.raises(CommandError) as held:
        run()
    assert held.value.returncode == 3


def test_a_window_that_is_none_is_refused(bank: Any) -> None:
    for options in ({"window": 0}, {"window": 401}, {"most_edges": 0}):
        with pytest.raises(CommandError):
            run(**options)


def test_room_for_few_movements_is_said_not_hidden(village: Village) -> None:
    village.ring("ana", "ben", "cyd")
    assert "let go early" in run(most_edges=2) and not village.alerts()
    record = jobs.last_run(runs.JOB)
    assert record and record.counts["dropped"] == 1 and record.counts["most_edges"] == 2


# --- shared identity -------------------------------------------------------------------------------------


def customer(number: int, **facts: Any) -> User:
    at = iso(utcnow() - timedelta(days=100 - number))
    return make_user("customer", name=f"Customer {number}", registered_at=at, **facts)


def test_a_shared_number_is_raised_once_on_the_newest_customer(bank: Any) -> None:
    village = Village()
    one, two = customer(1, phone="+1-212-555-0101"), customer(2, phone="+1 (212) 555 0101")
    customer(3, phone="+1-212-555-0102"), customer(4, phone="12"), customer(5)
    run()
    (alert,) = village.alerts("identity")
    assert alert.customer_id == two.user_id and alert.severity == "medium" and "telephone number" in alert.headline
    (finding,) = findings_of(alert)
    assert finding.members == [two.user_id, one.user_id]
    assert "nothing new" in run() and "1 findings known before" in run(again=True)


def registered(number: int, **facts: Any) -> User:
    """A customer whose registration has its audit record, as registering writes it."""
    made = customer(number, **facts)
    by = patterns.COMMAND
    store.save([store.changed(made), audit.record(made, "register", actor=by, now=utcnow(), after={})])
    return made


def test_later_customers_are_found_by_the_audit_trail_alone(bank: Any, requests_made: Requests) -> None:
    village = Village()
    customer(1, address="12 Elm Street, Springfield"), customer(2, address="99 Oak Road, Dover")
    run()
    third = registered(3, address="12 Elm Street,  SPRINGFIELD ")
    requests_made.clear()
    run()
    names = [arguments.get("IndexName") for operation, arguments in requests_made if operation == "Query"]
    assert "by_name" not in names
    (alert,) = village.alerts("identity")
    assert alert.customer_id == third.user_id and "same address" in alert.headline


def test_the_first_run_loads_only_customers_who_gave_something(bank: Any, requests_made: Requests) -> None:
    gave = {customer(1, phone="+1-212-555-0101").user_id, customer(2, address="12 Elm Street, Dover").user_id}
    nothing = {customer(3, phone="", address="").user_id, customer(4, phone="12", address="").user_id}
    requests_made.clear()
    run()
    asked = [arguments["RequestItems"] for name, arguments in requests_made if name == "BatchGetItem"]
    loaded = {key["user_id"]["S"] for one in asked for key in one.get("BankingUsers", {"Keys": []})["Keys"]}
    assert gave <= loaded and not nothing & loaded


def test_three_who_signed_in_last_from_one_internet_address(bank: Any) -> None:
    customer(1, phone="", last_sign_in_from="81.2.69.142"), customer(2, phone="", last_sign_in_from="81.2.69.142")
    run()
    assert not Village().alerts("identity"), "a couple shares one"
    third = registered(3, phone="", last_sign_in_from="81.2.69.142")
    assert "shared_identity 1" in run()
    (alert,) = Village().alerts("identity")
    assert alert.customer_id == third.user_id
    assert alert.headline.startswith("3 customers signed in last from the same internet address")
    mark = store.get(IdentityMark, IdentityMark.key("last_sign_in_from", mark_of("last_sign_in_from", "81.2.69.142")))
    assert mark and len(mark.holders) == 3 and "81.2.69" not in mark.user_id
    assert abs(mark.expires_at - utcnow() - 30 * DAY) < DAY, "nobody's whereabouts are kept for longer"
    registered(4, phone="", last_sign_in_from="81.2.69.143")
    assert "nothing new" in run()


def test_an_internet_address_of_very_many_or_of_a_private_network_says_nothing(bank: Any) -> None:
    for number in range(11):
        customer(number, phone="", last_sign_in_from="81.2.69.142")
        customer(20 + number, phone="", last_sign_in_from="10.0.0.7")
    assert "nothing new" in run(again=True)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:4860:4860::1", "2001:4860:4860::2", True),
        ("2001:4860:4860::1", "2001:4860:4860:1::1", False),
        ("81.2.69.142", "81.2.69.143", False),
    ],
)
def test_of_the_longer_internet_addresses_a_household_has_one(one: str, other: str, same: bool) -> None:
    assert (mark_of("last_sign_in_from", one) == mark_of("last_sign_in_from", other)) is same


@pytest.mark.parametrize("text", ["", "127.0.0.1", "10.1.2.3", "192.168.0.1", "fe80::1", "unknown"])
def test_what_is_no_public_internet_address_is_no_mark(text: str) -> None:
    assert mark_of("last_sign_in_from", text) == ""


def test_who_changed_the_number_shares_it_no_more(bank: Any) -> None:
    one = customer(1, phone="+1-212-555-0101")
    run()
    one.phone = "+1-212-555-0177"
    store.save([store.changed(one)])
    registered(2, phone="+1-212-555-0101")
    assert "nothing new" in run()
    key = IdentityMark.key("phone", mark_of("phone", "+1-212-555-0101"))
    mark = store.get(IdentityMark, key)
    assert mark and len(mark.holders) == 2 and not Village().alerts("identity")


# --- pages -----------------------------------------------------------------------------------------------


def test_the_page_of_an_alert_shows_the_path_movement_by_movement(screened: Screened) -> None:
    village = Village()
    moved = village.ring("ana", "ben", "cyd")
    run()
    (alert,) = village.alerts()
    assert rule_titles(alert) == "Money went round in a circle"
    page = screened.client().get(f"/alerts/{alert.alert_id}").content.decode()
    for words in ("3 customers:", "Ana", "Ben", "Cyd", "99%", "Raised by the nightly search", "rule 27"):
        assert words in page, words
    assert all(f"/receipts/{movement}" in page for movement in moved)
    queue = screened.client().get("/alerts?rule=cycle").content.decode()
    assert "Money went round in a circle" in queue and alert.alert_id in queue


def test_the_rules_page_has_the_patterns_with_their_parameters_and_counts(screened: Screened) -> None:
    Village().ring("ana", "ben", "cyd")
    run()
    page = screened.client().get("/rules").content.decode()
    for words in (
        "27 · Money went round in a circle",
        "29 · Shared",
        "rule.cycle.kept",
        "every night",
        "Names the customers on both sides",
    ):
        assert words in page, words
    section = page.split('id="cycle"')[1].split("</section>")[0]
    assert "Try other values" in section
    shared = page.split('id="shared_identity"')[1].split("</section>")[0]
    assert "Try other values" not in shared, "it is not looked for in payments"
    assert "1 finding" in section.replace("\n", " ")
    assert snapshot(utcnow())["rule.layers.width"] == 3


def test_the_page_of_an_alert_shows_the_customers_score_with_each_rules_share(screened: Screened) -> None:
    village = Village()
    village.ring("ana", "ben", "cyd")
    run()
    (alert,) = village.alerts()
    other = post(instruct("deposit", 1_000_001, CASH, village.account["ana"]), now=utcnow())
    assert other.badge == "CRITICAL"
    found = customer_score(alert.customer_id, now=utcnow())
    assert (found.score, found.shares, found.alerts) == (35, {"cycle": 93, "ctr_aggregate": 7}, 2)
    assert customer_score(alert.customer_id, now=utcnow(), read=findings_of(alert)) == found
    assert customer_score(alert.customer_id, now=utcnow() + 91 * DAY).score == 0
    page = screened.client().get(f"/alerts/{alert.alert_id}").content.decode()
    assert "35 of 100" in page and "93% of the score" in page


def test_who_is_only_a_member_gets_four_fifths_of_the_share(screened: Screened) -> None:
    village = Village()
    village.ring("ana", "ben", "cyd")
    run()
    (alert,) = village.alerts()
    now, others = utcnow(), [village.who(name) for name in ("ana", "ben", "cyd")]
    head = customer_score(alert.customer_id, now=now)
    for member in set(others) - {alert.customer_id}:
        found = customer_score(member, now=now)
        assert 0 < found.score < head.score and found.shares == {"cycle": 100}
        assert (found.findings, found.alerts, found.named) == (0, 0, 1)
        assert customer_score(member, now=now + 91 * DAY).score == 0
    assert head.named == 0 and customer_score(village.who("dan"), now=now).score == 0
    assert "findings known before" in run(again=True)
    assert customer_score(sorted(set(others) - {alert.customer_id})[0], now=now).named == 1


def test_a_member_of_what_was_a_false_positive_has_no_share(screened: Screened) -> None:
    village = Village()
    village.ring("ana", "ben", "cyd")
    run()
    (alert,) = village.alerts()
    member = next(one for one in map(village.who, ("ana", "ben", "cyd")) if one != alert.customer_id)
    assert customer_score(member, now=utcnow()).named == 1
    close_alert(
        alert_id=alert.alert_id, revision=alert.revision, reason_code="expected", note="Family", actor=screened.actor(),
        now=utcnow(),
    )  # fmt: skip
    assert customer_score(member, now=utcnow()).score == 0


def test_a_snoozed_pattern_raises_nothing_and_is_kept(screened: Screened) -> None:
    village = Village()
    village.ring("ana", "ben", "cyd")
    until = business_date(utcnow()) + 30 * DAY
    who = village.who("ana")
    snooze_rule(customer_id=who, rule_code="cycle", until=until, reason="kin", actor=screened.actor(), now=utcnow())
    run()
    assert not village.alerts()
    (kept,) = AlertFinding.by_subject.query(snoozed_subject(who))
    assert kept.rule == "cycle" and kept.alert_id == ""
    assert customer_score(village.who("ben"), now=utcnow()).score == 0, "what is kept quiet counts for nobody"
    assert "1 findings known before" in run(again=True)


def test_those_outside_are_told_once_that_an_alert_was_opened(village: Village) -> None:
    village.ring("ana", "ben", "cyd", days=20)
    run()
    village.ring("ana", "dan", "eva", days=9)
    run(again=True)
    (alert,) = village.alerts()
    messages = [one for one in Message.by_day.query(day_group(alert.opened_at[:10])) if one.event == ALERT]
    assert [one.facts["alert"] for one in messages] == [alert.alert_id]
