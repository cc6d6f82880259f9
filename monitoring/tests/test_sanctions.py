"""Sanctions: the list's files, who a name is, the payment that meets it, customers, cleared hits; and how well it finds."""

import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.ledger import CLEARING, Actor, Refused
from accounts.models.held import BLOCKED, NEVER
from accounts.queries.held import held_among, held_movement
from accounts.services.people import verify_customer
from accounts.services.posting import post
from accounts.testing import a_customer, an_officer
from accounts.tests.conftest import instruct, stored
from accounts.tests.makers import form_of
from accounts.wires import Wire
from cloudbank import audit, store
from cloudbank.clock import utcnow
from cloudbank.tables import AccountsItem
from monitoring.list_items import SanctionsPage
from monitoring.names import sounds, tokens
from monitoring.ofac import Malformed, read_list
from monitoring.queries import lists, sanctions
from monitoring.sanctions import REVIEW, SURE, Entry, Index, evidence, hits
from monitoring.services.sanctions import clear_hit, load_list, screen_customers
from monitoring.tests.conftest import Screened
from monitoring.tests.listed_names import Asked, Built

SDN = """\
101,"STRANGER, Simon","individual","SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 12 Mar 1970; alt. DOB 1971; nationality Iran."
102,"BANCO DE EJEMPLO S.A.",-0- ,"CUBA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0-
103,"AL-QAHTANI, Mohammed Hassan","individual","SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB circa 1965; POB Sanaa, Yemen."
\x1a
"""
ALT = '101,1,"aka","STRANJER, Symon",-0-\n102,2,"aka","EXAMPLE BANK",-0-\n'
ADD = '102,1,"1 Main","Havana","Cuba",-0-\n'
ROBOT = Actor("command:test", "system", "test")


def loaded(sdn: str = SDN, alt: str = ALT, add: str = ADD, **more: Any) -> Any:
    known: dict[str, Any] = {"origin": "SDN.CSV", "dry_run": False, "actor": ROBOT, "now": utcnow()} | more
    return load_list(entries=read_list(sdn, alt, add), **known)


# --- the files ------------------------------------------------------------------------------------


def test_the_files_give_names_births_and_countries() -> None:
    one, two, three = read_list(SDN, ALT, ADD)
    assert one == Entry(
        "101", ("STRANGER, Simon", "STRANJER, Symon"), "individual", "SDGT", ("1970-03-12", "1971"), ("IR",)
    )
    assert (two.kind, two.names, two.countries) == ("entity", ("BANCO DE EJEMPLO S.A.", "EXAMPLE BANK"), ("CU",))
    assert (three.born, three.countries) == (("1965",), ("YE",))


@pytest.mark.parametrize(
    "text", ["", "no,list", '"",x\n', '1,"A"\n', 'x,"A",,,,,,,,,,\n', "<html>", '1,"",,,,,,,,,,\n']
)
def test_what_is_no_such_file_is_refused_whole(text: str) -> None:
    with pytest.raises(Malformed):
        read_list(text)
    with pytest.raises(Malformed):
        read_list(SDN + text) if text else read_list(text)


# --- who a name is --------------------------------------------------------------------------------


def found(name: str, least: float = SURE, **known: Any) -> list[tuple[str, bool]]:
    index = Index(read_list(SDN, ALT, ADD), "v")
    return [(one.candidate.entry.uid, one.sure) for one in hits(index, name, least=least, **known)]


@pytest.mark.parametrize(
    "name", ["Simon Stranger", "STRANGER simon", "Símon  Stránger", "Dr. Simon Stranger", "Symon Stranjer"]
)
def test_the_same_words_are_sure_without_any_other_evidence(name: str) -> None:
    assert found(name) == [("101", True)]


def test_resembling_is_sure_only_with_a_date_of_birth_or_country() -> None:
    name = "Muhammad Hasan al-Kahtani"
    assert found(name) == [("103", False)]
    assert found(name, born="1965-07-01") == [("103", True)]
    assert found(name, countries=("YE",)) == [("103", True)]
    assert found(name, born="1999-07-01") == []


@pytest.mark.parametrize(("born", "agrees"), [("1970-03-12", True), ("1969-01-01", True), ("1968-12-31", False)])
def test_a_date_of_birth_speaks_for_within_a_year(born: str, agrees: bool) -> None:
    entry = Entry("1", ("A B",), "individual", "", ("1970-03-12",))
    assert evidence(entry, born, ()) == (("date of birth", False) if agrees else ("", True))
    exact = found("Simon Stranger", born=f"19{born[2:4]}-01-01")
    assert exact == [("101", agrees or born.startswith("1969"))], "the same words are looked at by a person at least"


@pytest.mark.parametrize(
    "name", ["Simon", "Stranger", "Simona Strong", "Mohammed Hassan", "Ana Lopez", "", "!!!", "x" * 500]
)
def test_others_are_no_hit(name: str) -> None:
    assert found(name) == []


def test_transliterations_sound_alike() -> None:
    for group in (
        "muhammad mohamed mohammed",
        "qadhafi gaddafi kadhafi",
        "yusuf youssef jusuf",
        "rashid rachid rasheed",
    ):
        keys = [set(sounds(word)) for word in group.split()]
        assert set.intersection(*keys), group
    assert tokens("Иван Петров") == ("ivan", "petrov")


def measured(seed: int, least: float, size: int, listed: int, others: int) -> tuple[float, float, float]:
    built = Built(seed, size)
    index = Index(built.entries, "v")
    asked: list[Asked] = built.positives(listed) + built.negatives(others)
    began = time.process_time()
    answers = [(one, index.search(one.name, least)) for one in asked]
    spent = time.process_time() - began
    right = sum(any(c.entry.uid == one.uid for c in some) for one, some in answers if one.uid)
    wrong = sum(bool(some) for one, some in answers if not one.uid)
    return right / listed, right / (right + wrong), spent / len(asked)


def test_it_finds_what_is_written_otherwise_and_few_others() -> None:
    """Held-out seed: issue 6 asks for recall 0.95 at precision 0.5, and 6 ms a name (10,000 in 60 s)."""
    recall, precision, seconds = measured(7, REVIEW, 20_000, 300, 1_200)
    assert recall >= 0.95
    assert precision >= 0.5
    assert seconds < 0.006
    recall, precision, _ = measured(8, SURE, 20_000, 200, 800)
    assert recall >= 0.90 and precision >= 0.75


# --- loading --------------------------------------------------------------------------------------


def test_a_list_is_in_force_at_once_and_the_same_again_changes_nothing(screened: Screened) -> None:
    assert loaded(dry_run=True).counts["added"] == 3
    assert not sanctions.current().version_in_force
    first = loaded()
    assert first.counts == {"entries": 3, "names": 5, "added": 3, "removed": 0, "changed": 0}
    lists.book()
    assert len(sanctions.index().entries) == 3
    loaded()
    assert sanctions.current().audit_sequence == 1
    more = SDN.replace("1971", "1972").replace("\x1a", '104,"NEW, Man",individual,X,,,,,,,,\n')
    assert loaded(more.replace(more.splitlines()[1] + "\n", "")).counts == {
        "entries": 3, "names": 4, "added": 1, "removed": 1, "changed": 1,
    }  # fmt: skip
    records = list(audit.AuditRecord.by_subject.query("sanctions_list#sanctions_list"))
    assert [one.action for one in records] == ["load_sanctions"] * 2


def test_only_the_list_in_force_and_the_one_before_are_kept(screened: Screened) -> None:
    versions = [loaded(SDN.replace("SDGT", f"P{number}")).version for number in range(4)]
    there = [store.get(SanctionsPage, SanctionsPage.key(one, 0)) is not None for one in versions]
    assert there == [False, False, True, True]


def test_a_crash_between_the_pages_and_the_switch_leaves_the_old_list(
    screened: Screened, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = loaded().version
    with monkeypatch.context() as broken:
        broken.setattr(store, "save", lambda writes: (_ for _ in ()).throw(store.Unavailable("down")))
        with pytest.raises(store.Unavailable):
            loaded(SDN.replace("SDGT", "OTHER"))
    lists.fresh_book()
    assert sanctions.index().version == before
    assert loaded(SDN.replace("SDGT", "OTHER")).version != before


def test_nothing_is_posted_unscreened_when_the_list_cannot_be_read(screened: Screened) -> None:
    version = loaded().version
    sanctions.forget()
    store.save([store.Delete(SanctionsPage, SanctionsPage.key(version, 0))])
    with pytest.raises(store.Unavailable):
        screened.cash_in(100)
    assert store.load(AccountsItem, [SanctionsPage.key(version, 0)]) == {}


def test_the_command_reads_three_files_and_screens(screened: Screened, tmp_path: Path) -> None:
    for name, text in (("SDN.CSV", SDN), ("ALT.CSV", ALT), ("ADD.CSV", ADD)):
        (tmp_path / name).write_text(text, "utf-8")
    out = StringIO()
    call_command("load_sanctions", str(tmp_path / "SDN.CSV"), stdout=out)
    assert "3 entries, 5 names, 3 added" in out.getvalue() and "1 hits, 1 new" in out.getvalue()
    (alert,) = screened.alerts(rule="sanctions")
    assert alert.customer_id == screened.stranger.user_id
    out = StringIO()
    call_command("screen_customers", stdout=out)
    assert "1 hits" in out.getvalue() and "0 new" in out.getvalue()
    (tmp_path / "SDN.CSV").write_text("rubbish\n", "utf-8")
    with pytest.raises(CommandError):
        call_command("load_sanctions", str(tmp_path / "SDN.CSV"), stdout=StringIO())


# --- payments -------------------------------------------------------------------------------------


@pytest.fixture
def listed(screened: Screened) -> Screened:
    """The customer has money; the stranger's name is on the list."""
    screened.cash_in(500_000)
    loaded()
    return screened


def test_a_payment_to_who_is_on_the_list_is_refused_and_both_have_an_alert(listed: Screened) -> None:
    with pytest.raises(Refused) as caught:
        listed.transfer(1_000, key="once")
    assert caught.value.code == "not_carried_out"
    assert stored(listed.account).balance == 500_000
    alerts = listed.alerts()
    assert {one.family for one in alerts} == {"sanctions"}, "no rule trips over what another one looks at"
    assert {one.customer_id for one in alerts} == {listed.customer.user_id, listed.stranger.user_id}
    movement = instruct("transfer", 1, listed.account, listed.theirs, key="once").movement_id
    assert held_among([movement])[0].state == BLOCKED
    shown = listed.client().get(f"/alerts/{alerts[0].alert_id}").content.decode()
    assert sanctions.current().version_in_force in shown and "1.000" in shown


def wire(account: str, name: str, country: str = "DE", incoming: bool = False) -> Any:
    fields = {"originator_name": "Carla Customer", "beneficiary_name": name}
    if incoming:
        fields = {"originator_name": name, "beneficiary_name": "Carla Customer"}
    details = Wire(**fields, country=country).packed()
    sides = (CLEARING, account) if incoming else (account, CLEARING)
    return instruct("wire_in" if incoming else "wire_out", 7_000, *sides, channel="wire", details=details)


def test_a_wire_to_a_name_that_resembles_one_waits_and_with_its_country_is_refused(listed: Screened) -> None:
    made = post(wire(listed.account, "Muhammad Hasan al-Kahtani"), now=utcnow())
    assert made.held
    with pytest.raises(Refused):
        post(wire(listed.account, "Muhammad Hasan al-Kahtani", "YE"), now=utcnow())


def test_money_from_who_is_on_the_list_comes_in_and_is_frozen_without_end(listed: Screened) -> None:
    made = post(wire(listed.account, "Banco de Ejemplo S.A.", incoming=True), now=utcnow())
    held = held_movement(made.movement_id)
    assert held is not None and (held.posted, held.expires_on) == (True, NEVER)
    assert stored(listed.account).held == 7_000


def test_a_usual_posting_asks_nothing_more(listed: Screened, requests_made: Any) -> None:
    listed.cash_in(100)
    requests_made.clear()
    listed.cash_in(100)
    assert requests_made.operations == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]


# --- customers and cleared hits -------------------------------------------------------------------


def test_a_cleared_hit_neither_stops_nor_alerts_again(listed: Screened) -> None:
    officer, web = an_officer(), None
    screen_customers(actor=ROBOT, now=utcnow())
    (alert,) = listed.alerts(rule="sanctions")
    web = listed.client(officer)
    assert "It is somebody else" in web.get(f"/alerts/{alert.alert_id}").content.decode()
    path = f"/lists/clear?subject={listed.stranger.user_id}&uid=101&origin={alert.alert_id}"
    done = web.post("/lists/clear", form_of(web, path) | {"reason": "Born in 1990, passport seen"})
    assert done["Location"] == f"/alerts/{alert.alert_id}"
    assert listed.transfer(1_000).lines
    result = screen_customers(actor=ROBOT, now=utcnow())
    assert (result.hits, result.cleared, result.findings) == (1, 1, 0)


def test_only_officers_clear_hits_and_only_those_of_the_list(listed: Screened) -> None:
    for role in ("analyst", "manager", "teller", "customer", "auditor"):
        assert listed.client(role).get("/lists/clear").status_code == 403, role
    known: dict[str, Any] = {"reason": "x", "expires_on": None, "origin": "", "actor": ROBOT, "now": utcnow()}
    for subject, uid in (("usr_nobody", "101"), (listed.stranger.user_id, "999")):
        with pytest.raises(Refused):
            clear_hit(subject=subject, uid=uid, **known)


def test_a_customer_on_the_list_is_not_verified_before_the_hit_is_cleared(listed: Screened) -> None:
    pending = a_customer(name="Simon Stranger", kyc_status="pending")
    actor = listed.actor(an_officer())
    known: dict[str, Any] = {"customer_id": pending.user_id, "approve": True, "reason": "", "actor": actor}
    with pytest.raises(Refused) as caught:
        verify_customer(**known, now=utcnow())
    assert caught.value.code == "sanctions" and "101" in caught.value.message
    clearing: dict[str, Any] = {"reason": "Another birth", "expires_on": None, "origin": "", "actor": actor}
    clear_hit(subject=pending.user_id, uid="101", now=utcnow(), **clearing)
    assert verify_customer(**known, now=utcnow()).kyc_status == "verified"
