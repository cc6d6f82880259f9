from collections.abc import Iterator

import pytest
from django.test import Client

from cloudbank.context import NAVIGATION, Link, navigation
from cloudbank.roles import PERMISSIONS, Role
from cloudbank.tests.gallery import Person, site


@pytest.fixture(autouse=True)
def _site() -> Iterator[None]:
    with site():
        yield


def labels(role: str, path: str = "/") -> list[str]:
    """The links of a role."""
    return [link.label for link in navigation(Person(role), path)]


def test_each_role_sees_the_links_of_its_permissions() -> None:
    assert labels(Role.CUSTOMER) == ["Dashboard", "Move money", "Accounts", "Analytics", "Reports", "Compliance"]
    assert labels(Role.TELLER) == ["Dashboard", "Move money", "Customers", "Analytics"]
    assert "Alerts" in labels(Role.ANALYST)
    assert "Staff" in labels(Role.ADMIN)
    assert "Move money" not in labels(Role.AUDITOR)


def test_permissions_of_the_navigation_exist() -> None:
    known = frozenset().union(*PERMISSIONS.values())
    links = [*NAVIGATION, *(child for link in NAVIGATION for child in link.children)]
    assert {permission for link in links for permission in link.permissions} <= known


def test_the_current_link_and_its_group_are_marked() -> None:
    links = navigation(Person(Role.CUSTOMER), "/transfer")
    group = next(link for link in links if link.children)
    assert group.current
    assert [child.label for child in group.children if child.current] == ["Transfer"]
    assert [link.label for link in navigation(Person(Role.ADMIN), "/alerts/42") if link.current] == ["Alerts"]


def test_a_page_that_is_not_there_has_no_link() -> None:
    assert navigation(Person(), "/", [Link("Moon", "/moon", "star")]) == []


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ("auto", "auto"), ("</html>", "light"), ("", "light")])
def test_the_theme_comes_from_a_cookie_and_only_known_ones_count(client: Client, cookie: str, theme: str) -> None:
    client.cookies["theme"] = cookie
    assert client.get("/gallery").context["house"]["theme"] == theme


def test_the_page_has_environment_person_and_a_post_to_sign_out(client: Client) -> None:
    html = client.get("/gallery").content.decode()
    assert "TEST</span>" in html
    assert "Ana Lopez" in html
    assert '<form method="post" action="/logout">' in html
    assert "csrfmiddlewaretoken" in html


def test_a_public_page_offers_to_sign_in_and_no_more(client: Client) -> None:
    html = client.get("/login", headers={"X-Test-Role": "none"}).content.decode()
    assert 'href="/register"' in html
    assert "/logout" not in html
    assert "/alerts" not in html
