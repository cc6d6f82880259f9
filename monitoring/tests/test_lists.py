"""Block and watch list: what matches, when it is in force, who may change it, files, and the posting that meets it."""

from dataclasses import replace
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from accounts.ledger import CLEARING, Refused
from accounts.models.held import BLOCKED, NEVER
from accounts.queries.held import held_among
from accounts.services.posting import post
from accounts.testing import make_user
from accounts.tests.conftest import instruct, stored
from accounts.tests.makers import form_of
from accounts.tests.test_posting import everything
from accounts.tests.test_wires import WHOLE, wire_out
from cloudbank import approvals
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from monitoring.listing import Book, Listed, NotListable, Party, normal, parties_of, read_rows
from monitoring.names import name_key
from monitoring.queries import lists as queries
from monitoring.services import lists
from monitoring.services.lists import Asked, add_entry, relax_entry
from monitoring.tests import makers
from monitoring.tests.conftest import Screened

DAY = date(2026, 3, 2)
HEADER = "list,kind,value,reason,expires_on\n"


# --- pure -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller, Jürgen", "jurgen MULLER"),
        ("Иван Петров", "Petrov Ivan"),
        ("O\u2019Brien Sean", "Sean OBrien"),
        ("Łukasz Żółć", "zolc lukasz"),
        ("Dr. Ana López", "ana lopez"),
    ],
)
def test_a_name_is_the_same_in_any_order_script_and_accent(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_two_names_stay_two() -> None:
    assert name_key("Ana Lopez") != name_key("Ana Lopes")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [("account", "1234 5678-9012", "123456789012"), ("country", "kp", "KP"), ("customer", "usr_a1", "usr_a1")],
)
def test_what_is_compared(kind: str, text: str, value: str) -> None:
    assert normal(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [("account", "12"), ("account", "x" * 35), ("country", "KPX"), ("country", ""), ("name", "!"), ("other", "x")],
)
def test_what_cannot_be_listed(kind: str, text: str) -> None:
    with pytest.raises(NotListable):
        normal(kind, text)


@pytest.mark.parametrize(("day", "matches"), [(-1, True), (0, True), (1, False)])
def test_an_entry_counts_to_the_end_of_its_last_day(day: int, matches: bool) -> None:
    book = Book([Listed("lst_1", "block", "account", "77", DAY.isoformat())], "3")
    found = book.matches([Party("account", "77", "77")], (DAY + timedelta(days=day)).isoformat())
    assert bool(found) is matches
    assert not found or found[0].version == "3"


def test_a_file_is_read_row_by_row() -> None:
    text = HEADER + (
        "block,account,12345678,Fraud ring,2026-12-31\n"
        "watch,name,Ana López,,\n"
        "black,name,Ana,why,\n"
        "block,country,KPX,why,\n"
        "block,country,KP,why,2026-03-01\n"
        "block,country,KP,why,soon\n"
    )
    problems = [row.problem for row in read_rows(text, DAY)]
    assert problems[0] == ""
    assert all(problems[1:])
    assert [row.line for row in read_rows(text, DAY)] == [2, 3, 4, 5, 6, 7]
    with pytest.raises(NotListable, match="expires_on"):
        read_rows("list,kind,value,reason\n", DAY)


# --- the lists and the posting --------------------------------------------------------------------


def listed(here: Screened, which: str = "block", kind: str = "account", text: str = "", **more: Any) -> Any:
    asked = Asked(which, kind, text or here.theirs, "Fraud ring", **more)
    return add_entry(asked=asked, actor=here.actor(), now=utcnow())


@pytest.fixture
def funded(screened: Screened) -> Screened:
    """The customer has money; nobody is on a list."""
    screened.cash_in(500_000)
    return screened


@pytest.mark.parametrize("kind", ["account", "customer", "name"])
def test_money_does_not_go_to_who_is_blocked_and_the_attempt_is_an_alert(funded: Screened, kind: str) -> None:
    text = {"account": funded.theirs, "customer": funded.stranger.user_id, "name": "STRANGER, Simón"}[kind]
    entry = listed(funded, kind=kind, text=text)
    with pytest.raises(Refused) as caught:
        funded.transfer(1_000, key="once")
    assert caught.value.code == "not_carried_out"
    assert stored(funded.account).state().available == 500_000
    (alert,) = funded.alerts(rule="blocked_party", customer_id=funded.customer.user_id)
    shown = funded.client().get(f"/alerts/{alert.alert_id}").content.decode()
    assert entry.entry_id in shown and "block list" in shown and "Blocked" in shown
    movement = instruct("transfer", 1, funded.account, funded.theirs, key="once").movement_id
    (held,) = held_among([movement])
    assert held.state == BLOCKED


def test_who_is_blocked_sends_nothing_either(funded: Screened) -> None:
    listed(funded, text=funded.account)
    with pytest.raises(Refused):
        funded.transfer(1_000)


@pytest.mark.parametrize(
    ("kind", "text"), [("name", "ACME Gmbh."), ("account", "DE89 3704 0044 0532 0130 00"), ("country", "de")]
)
def test_a_wire_to_who_is_blocked_at_another_bank_is_refused(funded: Screened, kind: str, text: str) -> None:
    listed(funded, kind=kind, text=text)
    with pytest.raises(Refused) as caught:
        post(wire_out(funded.account), now=utcnow())
    assert caught.value.code == "not_carried_out"


def test_a_wire_from_who_is_blocked_is_posted_and_its_money_held_without_end(funded: Screened) -> None:
    listed(funded, kind="name", text="Bad Actor")
    wire = replace(WHOLE, originator_name="Actor, Bad", beneficiary_name="Carla Customer")
    values: dict[str, Any] = {"channel": "wire", "details": wire.packed()}
    made = post(instruct("wire_in", 70_000, CLEARING, funded.account, **values), now=utcnow())
    assert made.lines and stored(funded.account).held == 70_000
    (held,) = held_among([made.movement_id])
    assert (held.posted, held.expires_on) == (True, NEVER)


def test_in_another_currency_the_lists_count_as_well() -> None:
    here = makers.town()
    moved = makers.movement(100, "ana", "ben", here.now, currency="EUR")
    entry = Listed("lst_1", "block", "account", "ben")
    matches = Book([entry], "1").matches(parties_of(moved, {}), moved.business_date.isoformat())
    states = {name: here.state(name) for name in ("ana", "ben")}
    outcome = here.screener.screen(moved, states, {}, here.parameters, (), matches)
    assert makers.codes(outcome) == {"blocked_party"} and outcome.outcome == "block"
    assert "ctr_aggregate" not in makers.unjudged(outcome) and "new_payee" in makers.unjudged(outcome)


def test_the_watch_list_posts_and_alerts(funded: Screened) -> None:
    listed(funded, "watch")
    assert funded.transfer(1_000).lines
    assert funded.alerts(rule="watched_party")


def test_what_has_expired_stops_nothing(funded: Screened, monkeypatch: pytest.MonkeyPatch) -> None:
    today = business_date(utcnow())
    entry = listed(funded, expires_on=today)
    assert not queries.book().matches([Party("account", funded.theirs, "")], (today + timedelta(days=1)).isoformat())
    assert entry.listed().counts_on(today.isoformat())


def test_a_usual_posting_reads_no_list(funded: Screened, requests_made: Any) -> None:
    listed(funded, text="99999999")
    funded.transfer(100)
    requests_made.clear()
    funded.transfer(100)
    assert requests_made.operations == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]


def test_a_process_looks_again_with_one_small_read_and_loads_what_changed(
    funded: Screened, requests_made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(funded, text="99999999")
    queries.book()
    monkeypatch.setattr(queries, "CACHE_SECONDS", -1.0)
    requests_made.clear()
    queries.book()
    assert requests_made.operations == ["GetItem"]
    kept, queries._kept = queries._kept, queries._Kept()  # another process changes the list
    listed(funded)
    queries._kept = kept
    requests_made.clear()
    assert len(list(queries.book())) == 2
    assert requests_made.operations == ["GetItem", "BatchGetItem"]


def test_the_same_entry_is_refused_and_found_again_after_it_ended(funded: Screened) -> None:
    entry = listed(funded, "watch")
    with pytest.raises(Refused) as caught:
        listed(funded, "watch")
    assert caught.value.code == "there"
    off: dict[str, Any] = {"expires_on": None, "reason": "x", "key": "k" * 16, "actor": funded.actor(), "name": "Ana"}
    ended = relax_entry(entry_id=entry.entry_id, now=utcnow(), **off)
    assert not isinstance(ended, approvals.Approval) and ended.state == "ended"
    assert not list(queries.book())
    assert listed(funded, "watch").entry_id == entry.entry_id
    assert len(queries.history_of(entry)) == 3


def test_off_the_block_list_takes_two_people(funded: Screened) -> None:
    entry, web = listed(funded), funded.client()
    page = f"/lists/{entry.entry_id}"
    asked = web.post(page, form_of(web, page) | {"reason": "Cleared by the police", "expires_on": ""})
    assert asked["Location"].startswith("/approvals/")
    assert list(queries.fresh_book())
    request = lists.pending_change(entry, utcnow())
    assert request is not None
    known = {"approval_id": request.approval_id, "content_hash": request.content_hash, "now": utcnow()}
    with pytest.raises(approvals.NotAllowed):
        approvals.approve(**known, actor=funded.actor(), name="Ana")
    mary = make_user("manager")
    assert approvals.approve(**known, actor=funded.actor(mary), name="Mary").state == approvals.APPROVED
    assert not list(queries.fresh_book())
    assert funded.transfer(1_000).lines


def test_a_later_last_day_is_one_persons_an_earlier_one_is_not(funded: Screened) -> None:
    today = business_date(utcnow())
    entry = listed(funded, expires_on=today + timedelta(days=5))
    known: dict[str, Any] = {"entry_id": entry.entry_id, "reason": "x", "actor": funded.actor(), "name": "Ana"}
    later = relax_entry(expires_on=today + timedelta(days=9), key="k" * 16, now=utcnow(), **known)
    assert not isinstance(later, approvals.Approval)
    sooner = relax_entry(expires_on=today + timedelta(days=8), key="l" * 16, now=utcnow(), **known)
    assert isinstance(sooner, approvals.Approval)


# --- pages and files ------------------------------------------------------------------------------


def test_who_may_see_and_who_may_change(funded: Screened) -> None:
    entry = listed(funded)
    for role, sees, works in [
        *(("customer", 403, 403), ("teller", 403, 403), ("auditor", 200, 403), ("manager", 200, 403)),
        *(("analyst", 200, 200), ("compliance", 200, 200)),
    ]:
        web = funded.client(role)
        assert [web.get(path).status_code for path in ("/lists", f"/lists/{entry.entry_id}")] == [sees] * 2, role
        assert [web.get(path).status_code for path in ("/lists/new", "/lists/load")] == [works] * 2, role


def test_an_alert_offers_to_block_its_counterparty(funded: Screened) -> None:
    listed(funded, "watch")
    funded.transfer(1_000)
    (alert,) = funded.alerts(rule="watched_party", customer_id=funded.customer.user_id)
    web = funded.client()
    assert "Block this counterparty" in web.get(f"/alerts/{alert.alert_id}").content.decode()
    path = f"/lists/new?list=block&kind=account&value={funded.theirs}&origin={alert.alert_id}"
    done = web.post("/lists/new", form_of(web, path) | {"reason": "Mule account"})
    assert done["Location"] == f"/alerts/{alert.alert_id}"
    with pytest.raises(Refused):
        funded.transfer(1_000)


def test_the_list_is_searched_and_filtered(funded: Screened) -> None:
    listed(funded, kind="name", text="Ana López Mendez")
    listed(funded, "watch", kind="country", text="KP")
    web = funded.client()
    for query, found in (("q=mendez+ana", 1), ("q=nobody", 0), ("which=watch", 1), ("kind=name", 1), ("over=on", 0)):
        assert web.get(f"/lists?{query}").content.decode().count("/lists/lst_") == found, query


def test_a_bad_form_keeps_what_was_typed(funded: Screened) -> None:
    typed = {"list": "block", "kind": "country", "value": "Korea", "reason": "why", "expires_on": ""}
    page = funded.client().post("/lists/new", typed)
    assert page.status_code == 422
    assert "two letters" in page.content.decode() and 'value="Korea"' in page.content.decode()


def test_a_file_is_tried_then_loaded_then_there(funded: Screened) -> None:
    text = HEADER + "block,name,Ana López,Fraud ring,\nwatch,country,KP,Policy,\nblock,country,KPX,Policy,\n"
    web = funded.client()

    def send(**more: str) -> str:
        file = SimpleUploadedFile("list.csv", text.encode())
        return str(web.post("/lists/load", {"file": file, **more}).content.decode())

    before = everything()
    tried = send(dry_run="on")
    assert "It would add 2" in tried and "1 cannot be taken" in tried and "two letters" in tried
    assert {key: value for key, value in everything().items() if "session" not in key} == {
        key: value for key, value in before.items() if "session" not in key
    }
    assert "2 added" in send()
    assert "0 added" in send() and "2 there already" in send()
    assert len(list(queries.fresh_book())) == 2


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"a,b\n1,2\n", b"PK\x03\x04"])
def test_what_is_no_such_file_gets_its_error(funded: Screened, content: bytes) -> None:
    sent = funded.client().post("/lists/load", {"file": SimpleUploadedFile("x.csv", content)})
    assert sent.status_code == 422


def test_the_command_loads_a_thousand_rows_and_goes_on_where_it_stopped(bank: Any, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(HEADER + "".join(f"watch,account,7{n:011d},Ring,\n" for n in range(1_000)), "utf-8")
    for dry, said in ((True, "Would be: 1000 added"), (False, "1000 added"), (False, "1000 there")):
        out = StringIO()
        call_command("load_list", str(file), dry_run=dry, stdout=out)
        assert said in out.getvalue()
    assert len(list(queries.fresh_book())) == 1_000
    file.write_text(HEADER + "block,nothing,x,why,\n", "utf-8")
    with pytest.raises(CommandError):
        call_command("load_list", str(file), stdout=StringIO(), stderr=StringIO())


def test_a_lost_answer_does_not_add_twice(funded: Screened, monkeypatch: pytest.MonkeyPatch) -> None:
    real, lost = lists.store.save, iter([True])

    def commit_then_drop(writes: Any) -> None:
        real(writes)
        if next(lost, False):
            raise lists.store.OutcomeUnknown("ReadTimeout")

    monkeypatch.setattr(lists.store, "save", commit_then_drop)
    assert len(queries.history_of(listed(funded))) == 1
