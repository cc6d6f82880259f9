"""FinCEN's requests under 314(a): who is found and who is not, what is told, who may know, what is left afterwards."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.testing import a_customer, a_manager, a_teller, an_admin, an_analyst, an_auditor, an_officer, signed_in
from cloudbank import store
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.clock import utcnow
from compliance.control import scope_of
from compliance.controls import CONTROLS
from compliance.filings.terms import Overtaken, Refused
from compliance.requests314 import subjects
from compliance.requests314.models import InformationRequest, RequestPaper
from compliance.requests314.services import (
    close_request,
    decide_subject,
    discard_request,
    information_request,
    papers_of,
    search_request,
)
from compliance.requests314.subjects import NotAList, read_subjects
from compliance.requests314.terms import months_before
from compliance.testing import actor, an_account_of, cash_in, today
from compliance.tests.request_314a_makers import (
    PERSONS,
    TRACKING,
    businesses,
    check_from,
    noon_of,
    persons,
    received,
    searched,
    wire_from,
)

pytestmark = pytest.mark.usefixtures("bank")
SECRET = "Quicksilver"
ONE = f"S-1,{SECRET},Zebulon,,,123-45-6789,02/03/1970,Reno,US"


def found(item: InformationRequest) -> dict[str, list[tuple[str, str]]]:
    """Number of a subject -> (what, name) of its places."""
    return {number: [(place.what, place.name) for place in one.places] for number, one in papers_of(item)[1].items()}


# --- the periods, the files ------------------------------------------------------------------------


def test_months_are_those_of_the_calendar() -> None:
    assert months_before(date(2026, 8, 31), 6) == date(2026, 2, 28)
    assert months_before(date(2024, 2, 29), 12) == date(2023, 2, 28)
    assert months_before(date(2026, 1, 15), 1) == date(2025, 12, 15)


def test_lines_of_one_number_are_one_subject_with_all_its_names() -> None:
    content = persons("7,Doe,Jane,Roe,Jane,111,01/02/1980,Rome,IT", "7,Doe,Jane,Poe,J.,222,01/03/1980,,")
    (jane, shop) = read_subjects(content, businesses("8,Blue Shop LLC,The Blue Shop,99,US"))
    assert jane.names == ("Jane Doe", "Jane Roe", "J. Poe")
    assert (jane.born, jane.numbers, jane.addresses) == (("1980-01-02", "1980-01-03"), ("111", "222"), ("Rome, IT",))
    assert (shop.kind, shop.names) == ("business", ("Blue Shop LLC", "The Blue Shop"))
    assert subjects.subject_of(jane.as_json()) == jane


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe\x00", "UTF-8"),
        (b"", "no subject"),
        (PERSONS.encode(), "no subject"),
        (b"name,number\nx,1", "lacks tracking_number, last_name"),
        (b"tracking_number,last_name,last_name\n1,a,b", "twice"),
        (persons("1,Doe"), "line 2: it has not as many fields"),
        (persons(ONE, ",Doe,J,,,,,,"), "line 3: tracking_number"),
        (persons("<script>,Doe,J,,,,,,"), "line 2: tracking_number"),
        (persons("1,,,,,,,,"), "line 2: it names nobody"),
        (persons("1,...,,,,,,,"), "line 2: it names nobody"),
        (persons("1,Doe\u202e,J,,,,,,"), "hidden characters"),
        (persons("1,Doe\x00,J,,,,,,"), "hidden characters"),
        (persons(f"1,{'D' * 101},J,,,,,,"), "more than 100 characters"),
        (persons("1,Doe,J,,,,31/12/1970,,"), "MM/DD/YYYY"),
        (persons('1,"Doe'), "is no CSV"),
        (persons(*(f"{n},Doe,J,,,,,," for n in range(1001))), "at most 1,000 subjects"),
        (b"x" * (256 * 1024 + 1), "larger than 256 KB"),
    ],
)
def test_a_file_that_is_not_whole_is_refused_and_says_where(content: bytes, says: str) -> None:
    with pytest.raises(NotAList, match=says):
        read_subjects(content, b"")


def test_what_a_file_names_is_not_said_back() -> None:
    with pytest.raises(NotAList) as caught:
        read_subjects(persons(f"1,{SECRET},J,,,,never,,"), b"")
    assert SECRET not in str(caught.value) and "never" not in str(caught.value)


# --- the search ------------------------------------------------------------------------------------


def test_transliterated_and_swapped_names_are_found_and_others_are_not() -> None:
    officer, birth = an_officer(), "1970-02-03"
    a_customer(name="Mohammed Abdul Rahman", date_of_birth=birth)
    a_customer(name="Tchaikovsky Piotr")
    a_customer(name="Anna Bell", date_of_birth="1990-01-01")
    a_customer(name="Hotel Sunrise Inc", segment="business", owner_names={"Igor Ivanovich Petrov"})
    content = persons(
        "1,Abdurrahman,Muhammad,,,,02/03/1970,,", "2,Pyotr,Chaikovskiy,,,,,,", "3,Belle,Anna,,,,05/05/1940,,",
        "4,Petrov,Igor Ivanovich,,,,,,", "5,Bell,Anna,,,,05/05/1940,,", "6,Nobody,Known,,,,,,",
    )  # fmt: skip
    item = searched(received(officer, content, businesses("9,Sunrise Hotel Inc.,,,US")), officer)
    assert found(item) == {
        "1": [("customer", "Mohammed Abdul Rahman")],
        "2": [("customer", "Tchaikovsky Piotr")],
        "4": [("owner", "Igor Ivanovich Petrov")],
        "5": [("customer", "Anna Bell")],
        "9": [("customer", "Hotel Sunrise Inc")],
    }
    says = {number: one.places[0].says for number, one in papers_of(item)[1].items()}
    assert says["1"] == "date of birth agrees" and says["5"] == "the date of birth differs"
    assert (item.status, item.found, item.undecided, item.looked_at["customers"]) == ("review", 5, 5, 5)


def test_who_left_within_twelve_months_is_found_and_who_left_before_is_not() -> None:
    officer, posted = an_officer(), today() - timedelta(days=5)
    for name, months in (("Late Leaver", 11), ("Long Gone", 13)):
        a_customer(name=name, exited_on=months_before(posted, months).isoformat())
    item = received(officer, persons("1,Leaver,Late,,,,,,", "2,Gone,Long,,,,,,"), posted_on=posted)
    assert found(searched(item, officer)) == {"1": [("former", "Late Leaver")]}


def test_parties_of_wires_and_payees_within_six_months_are_found_and_before_are_not() -> None:
    officer, posted = an_officer(), today()
    early = noon_of(months_before(posted, 8))
    account = an_account_of(a_customer(), now=early)
    cash_in(account, 1_000_000, now=early)
    for name, months in (("Old Partner", 7), ("New Partner", 5), ("New Partner", 4)):
        wire_from(account, name, noon_of(months_before(posted, months)))
    check_from(account, "Paid Payee", noon_of(months_before(posted, 3)))
    item = received(officer, persons("1,Partner,Old,,,,,,", "2,Partner,New,,,,,,", "3,Payee,Paid,,,,,,"))
    item = searched(item, officer)
    assert found(item) == {"2": [("wire", "New Partner")], "3": [("instrument", "Paid Payee")]}
    (place,) = papers_of(item)[1]["2"].places
    assert place.count == 2 and place.first < place.last
    assert (item.looked_at["wires"], item.looked_at["instruments"]) == (4, 1)


def test_a_search_that_stops_goes_on_where_it_was_and_finds_the_same() -> None:
    officer, posted = an_officer(), today()
    account = an_account_of(a_customer(name="Zebulon Quicksilver"), now=noon_of(months_before(posted, 5)))
    cash_in(account, 1_000_000, now=noon_of(months_before(posted, 5)))
    wire_from(account, "Zebulon Quicksilver", noon_of(months_before(posted, 3)))
    item, times = received(officer, persons(ONE)), 0
    while item.status == "search":
        item = search_request(
            request_id=item.request_id, version=item.version, actor=actor(officer), now=utcnow(), seconds=0
        )
        times += 1
    assert times > 5
    assert found(item) == {"S-1": [("customer", "Zebulon Quicksilver"), ("wire", "Zebulon Quicksilver")]}
    assert item.audit_sequence == 1 + times


def test_more_places_than_are_kept_are_counted() -> None:
    officer = an_officer()
    for number in range(23):
        a_customer(name="Zebulon Quicksilver", email=f"z{number}@people.example")
    (one,) = papers_of(searched(received(officer, persons(ONE)), officer))[1].values()
    assert (len(one.places), one.more) == (20, 3)


# --- one number once, decisions, the reply ---------------------------------------------------------


def test_a_tracking_number_comes_once_unless_the_wrong_file_was_discarded() -> None:
    officer = an_officer()
    item = received(officer, persons(ONE))
    with pytest.raises(Refused, match="here already"):
        received(officer, persons(ONE), tracking=TRACKING.lower())
    discard_request(
        request_id=item.request_id, reason="Last time's.", version=item.version, actor=actor(officer), now=utcnow()
    )
    assert papers_of(item) == ({}, {})
    again = received(officer, persons(ONE, ONE.replace("S-1", "S-2")))
    assert (again.persons, again.status, again.audit_sequence) == (2, "search", 3)


def test_names_go_with_the_reply_and_what_was_done_stays() -> None:
    officer = an_officer()
    a_customer(name=f"Zebulon {SECRET}")
    a_customer(name="Anna Bell")
    item = searched(received(officer, persons(ONE, "S-2,Bell,Anna,,,,,,")), officer)
    known: dict[str, Any] = {"actor": actor(officer), "now": utcnow(), "request_id": item.request_id}
    with pytest.raises(Refused, match="Decide on every subject"):
        close_request(replied_on=today(), version=item.version, **known)
    for subject, decision in (("S-1", "match"), ("S-2", "none")):
        item = decide_subject(
            subject=subject, decision=decision, reason=f"{SECRET} compared.", version=item.version, **known
        )
    for wrong in (None, today() + timedelta(days=1), today() - timedelta(days=1)):
        with pytest.raises(Refused, match="the day of the reply"):
            close_request(replied_on=wrong, version=item.version, **known)
    with pytest.raises(Overtaken):
        close_request(replied_on=today(), version=item.version - 1, **known)
    item = close_request(replied_on=today(), version=item.version, **known)
    for what in ("subjects", "findings"):
        left = store.get(RequestPaper, RequestPaper.key(item.request_id, what))
        assert left and left.content() is None and left.expires_at, "overwritten, and gone by the table's TTL"
    kept = information_request(item.request_id)
    assert kept and (kept.matches, kept.replied_on, kept.found) == (["S-1"], today().isoformat(), 2)
    assert len(kept.files["person"]) == 64 and kept.searched_by == officer.user_id
    trail = list(AuditRecord.by_subject.query(subject_of(kept)))
    assert [one.action for one in trail] == [
        "receive_314a", "search_314a", "decide_314a", "decide_314a", "close_314a",
    ]  # fmt: skip
    assert SECRET not in str([one.attribute_values for one in (*trail, kept)])


def test_without_a_match_nothing_is_replied() -> None:
    officer = an_officer()
    item = searched(received(officer, persons(ONE)), officer)
    item = close_request(
        request_id=item.request_id, replied_on=today(), version=item.version, actor=actor(officer), now=utcnow()
    )
    assert (item.status, item.replied_on, item.matches) == ("closed", "", [])


def test_the_control_counts_what_waits_and_is_breached_after_two_weeks() -> None:
    officer = an_officer()
    received(officer, persons(ONE), posted_on=today() - timedelta(days=14))
    assert CONTROLS["requests-314a"].measure(scope_of(utcnow())).says == "posted 14 days ago, due today"
    received(officer, persons(ONE), tracking="late", posted_on=today() - timedelta(days=15))
    measure = CONTROLS["requests-314a"].measure(scope_of(utcnow()))
    assert (measure.count.number, measure.gauge, CONTROLS["requests-314a"].breach) == (2, 15, 14)
    assert "1 day overdue" in measure.says


# --- who may know ----------------------------------------------------------------------------------


def test_the_officer_walks_the_road_on_the_pages(client: Client) -> None:
    officer = an_officer()
    a_customer(name=f"Zebulon {SECRET}", identity_number="6789")
    web = signed_in(client, officer)
    data = {"tracking": TRACKING, "posted_on": today().isoformat()}
    assert "Choose the file" in web.post("/compliance/314a/new", data).content.decode()
    bad = web.post("/compliance/314a/new", data | {"persons": SimpleUploadedFile("p.csv", persons("1,Doe"))})
    assert bad.status_code == 422 and "line 2: it has not as many fields" in bad.content.decode()
    path = web.post("/compliance/314a/new", data | {"persons": SimpleUploadedFile("p.csv", persons(ONE))})["Location"]

    def sent(step: str, **more: str) -> str:
        version = str(InformationRequest.get(path.rpartition("/")[2]).version)
        answer = web.post(path, {"step": step, "version": version} | more, follow=True)
        return " ".join(answer.content.decode().split())

    shown = sent("search")
    assert f"Zebulon {SECRET}" in shown and "the last four of a number agree" in shown
    assert "This field is required" in sent("decide", subject="S-1", decision="match", reason="")
    assert '<pre id="reply" class="mb-2">314A-2026-23 S-1' in sent(
        "decide", subject="S-1", decision="match", reason="Born the same day."
    )
    closed = sent("reply", replied_on=today().isoformat())
    assert "1 match told" in closed and SECRET not in closed
    listed = web.get("/compliance/314a").content.decode()
    assert TRACKING in listed and "1 match told" in listed


def test_nobody_else_learns_whom_it_names_and_only_the_auditor_that_it_was_searched() -> None:
    officer = an_officer()
    a_customer(name=f"Zebulon {SECRET}")
    item = searched(received(officer, persons(ONE)), officer)
    path, trail = f"/compliance/314a/{item.request_id}", f"/compliance/audit?subject=request_314a%23{item.request_id}"
    for maker in (a_customer, a_teller, an_analyst, a_manager, an_admin):
        web = signed_in(Client(), maker())
        for one in ("/compliance/314a", "/compliance/314a/new", path):
            assert [web.get(one).status_code, web.post(one).status_code] == [404, 404], (maker, one)
    admin = signed_in(Client(), an_admin())
    assert "search_314a" not in admin.get("/compliance/audit?export=csv").getvalue().decode()
    web = signed_in(Client(), an_auditor())
    for one in ("/compliance/314a", path, trail):
        told = web.get(one)
        assert told.status_code == 200 and SECRET not in told.content.decode(), one
    assert "1 subject" in web.get(path).content.decode()
    assert web.get("/compliance/314a/new").status_code == 404
    assert web.post(path, {"step": "discard", "version": item.version, "reason": "x"}).status_code == 404
    manager = signed_in(Client(), a_manager()).get("/compliance/controls/requests-314a").content.decode()
    assert TRACKING in manager and SECRET not in manager and item.request_id not in manager
