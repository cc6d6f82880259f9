"""Saved views: own and shared ones, a default, in every list that declares them."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.testing import an_analyst, an_auditor, signed_in
from cloudbank import audit
from cloudbank.clock import utcnow
from cloudbank.lists.saved import MOST, ListViews, ViewRefused, delete_view, save_view, views_of
from cloudbank.lists.taken import Taker

LIST = "/alerts"


@pytest.fixture
def ana(bank: Any) -> User:
    return an_analyst(name="Ana Analyst")


@pytest.fixture
def bob(bank: Any) -> User:
    return an_analyst(name="Bob Brown")


def client_of(who: User) -> Client:
    return signed_in(Client(), who)


def keep(client: Client, query: str, name: str, **more: str) -> Any:
    return client.post(f"{LIST}{query}", {"action": "save-view", "view_name": name, **more})


def names(who: User) -> list[str]:
    return [view.name for view in views_of(who.user_id, "alerts").views]


def put(who: User, name: str, **more: Any) -> Any:
    known: dict[str, Any] = {"query": "?status=new", "shared": False, "is_default": False} | more
    actor = Taker(who.user_id, who.role, "test")
    return save_view(list_name="alerts", name=name, actor=actor, by_name=who.name, now=utcnow(), **known)


def test_a_view_is_the_filters_and_the_order_of_the_address(ana: User) -> None:
    client = client_of(ana)
    answer = keep(client, "?status=new&severity=high&size=50&cursor=abc", "High and new")
    assert answer.status_code == 302 and "cursor" not in answer["Location"]
    (view,) = views_of(ana.user_id, "alerts").views
    assert view.query == "?status=new&severity=high&size=50"
    page = client.get(f"{LIST}{view.query}").content.decode()
    assert "High and new" in page and 'aria-current="true"' in page


def test_own_views_are_ones_own_and_shared_ones_are_for_all_who_see_the_list(ana: User, bob: User) -> None:
    keep(client_of(ana), "?status=new", "My own")
    keep(client_of(ana), "?severity=critical", "Team", view_shared="yes")
    assert names(ana) == ["My own", "Team"] and names(bob) == ["Team"]
    page = client_of(bob).get(LIST).content.decode()
    assert "shared by Ana Analyst" in page and "My own</a>" not in page


def test_the_default_opens_the_list_and_everything_stays_reachable(ana: User) -> None:
    client = client_of(ana)
    keep(client, "?severity=critical", "First", view_default="yes")
    opened = client.get(LIST)
    assert opened.status_code == 302 and opened["Location"] == f"{LIST}?severity=critical"
    assert client.get(f"{LIST}?view=all").status_code == 200
    assert client.get(LIST, headers={"HX-Request": "true"}).status_code == 200, "a fragment is what was asked for"
    client.post(f"{LIST}?view=all", {"action": "default-view", "view_id": ""})
    assert client.get(LIST).status_code == 200


def test_a_default_that_is_gone_opens_everything(ana: User, bob: User) -> None:
    view = put(ana, "Team", shared=True)
    client_of(bob).post(LIST, {"action": "default-view", "view_id": view.view_id})
    assert client_of(bob).get(LIST).status_code == 302
    delete_view(list_name="alerts", view_id=view.view_id, actor=Taker(ana.user_id, ana.role, ""), now=utcnow())
    assert client_of(bob).get(LIST).status_code == 200


def test_only_who_made_a_view_replaces_or_deletes_it(ana: User, bob: User) -> None:
    view = put(ana, "Team", shared=True)
    answer = client_of(bob).post(LIST, {"action": "delete-view", "view_id": view.view_id}, follow=True)
    assert "Only who made a view deletes it." in answer.content.decode()
    with pytest.raises(ViewRefused, match="Ana Analyst shares a view of this name"):
        put(bob, "team", shared=True)
    put(ana, "TEAM", shared=True, query="?status=assigned")
    assert [one.query for one in views_of(bob.user_id, "alerts").views] == ["?status=assigned"]
    client_of(ana).post(LIST, {"action": "delete-view", "view_id": view.view_id})
    assert names(bob) == []


@pytest.mark.parametrize("name", ["", "   ", "x" * 41])
def test_a_view_has_a_short_name(ana: User, name: str) -> None:
    answer = client_of(ana).post(LIST, {"action": "save-view", "view_name": name}, follow=True)
    assert "at most 40 characters" in answer.content.decode() and names(ana) == []


def test_there_is_a_bound(ana: User) -> None:
    for number in range(MOST):
        put(ana, f"view {number}")
    with pytest.raises(ViewRefused, match="delete one first"):
        put(ana, "one more")
    put(ana, "view 3", query="?status=closed")
    with pytest.raises(ViewRefused, match="too many filters"):
        put(ana, "view 3", query="?" + "x" * 1500)


def test_views_that_are_saved_at_once_are_all_kept_and_audited(ana: User) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: put(ana, f"view {number}"), range(4)))
    assert len(names(ana)) == 4
    subject = f"list_views#{ListViews.key(ana.user_id, 'alerts')}"
    assert [one.action for one in audit.AuditRecord.by_subject.query(subject)] == ["save_view"] * 4


def test_a_name_is_text_and_a_query_cannot_leave_the_list(ana: User) -> None:
    client = client_of(ana)
    keep(client, "?status=new", "<b>x</b>")
    page = client.get(f"{LIST}?status=new").content.decode()
    assert "<b>x</b>" not in page and "&lt;b&gt;x&lt;/b&gt;" in page
    keep(client, "?next=//evil.example", "away", view_default="yes")
    assert client.get(LIST)["Location"].startswith("/alerts?")


def test_who_only_reads_saves_views_too_and_others_save_none(bank: Any) -> None:
    assert keep(client_of(an_auditor()), "?status=new", "Mine").status_code == 302
    reader = client_of(an_auditor())
    keep(reader, "?status=new", "For all", view_shared="yes")
    page = reader.get(LIST).content.decode()
    assert "for itself only" in page and "For all" not in page and "view_shared" not in page
    stranger = Client()
    assert "/login" in keep(stranger, "?status=new", "x")["Location"]


@pytest.mark.parametrize("path", ["/alerts", "/cases", "/movements", "/snoozes"])
def test_every_list_that_declares_it_has_views(ana: User, path: str) -> None:
    client = client_of(ana)
    client.post(f"{path}?sort=", {"action": "save-view", "view_name": "A name"})
    assert "A name" in client.get(f"{path}?view=all").content.decode()
