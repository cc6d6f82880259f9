"""House rules of every template of every app: strict CSP, autoescape, one base page, error pages that need nothing."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.template.loader import get_template, render_to_string
from django.test import Client
from django.views.defaults import server_error

from cloudbank.tests.gallery import site

ROOT = Path(__file__).resolve().parents[2]
APPS = ("cloudbank", "accounts", "monitoring", "compliance", "reporting")
PAGES = sorted(
    page for app in APPS for page in (ROOT / app).glob("**/templates/**/*.html") if page.parent.parent.name != "e-mail"
)
SCRIPTS = sorted((ROOT / "cloudbank" / "static" / "cloudbank").glob("*.js"))
ERRORS = ("400.html", "403.html", "403_csrf.html", "404.html", "500.html")


def name(page: Path) -> str:
    """A template's path from the root."""
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_inline_script_style_or_handler(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", text), "a class in the style sheet does it"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), "a data attribute and app.js do it"
    assert not re.search(r"<style|javascript:|hx-on|hx-vals=.js:", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "data goes through json_script"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_autoescape_stays_on(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape\s+off|\|\s*safeseq\b", text)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_only_the_base_page_is_extended_and_fragments_extend_nothing(page: Path) -> None:
    extended = re.findall(r"{%\s*extends\s+(\S+)", page.read_text(encoding="utf-8"))
    assert set(extended) <= {'"base.html"', "'base.html'"}
    assert not (page.name.startswith("_") and extended)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_form_that_posts_has_its_token(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    posts = len(re.findall(r"<form[^>]*method=.post", text, flags=re.IGNORECASE))
    assert text.count("{% csrf_token %}") >= posts


@pytest.mark.parametrize("script", SCRIPTS, ids=name)
def test_our_scripts_write_no_markup_and_evaluate_nothing(script: Path) -> None:
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", script.read_text()
    )


@pytest.mark.parametrize("page", ERRORS)
def test_an_error_page_needs_no_request_and_no_context(page: str) -> None:
    html = render_to_string(page, {})
    assert "<h1" in html
    assert "Cloud Bank" in html


@pytest.mark.parametrize("page", ERRORS)
def test_an_error_page_shows_the_reference_when_there_is_one(page: str) -> None:
    assert "<code>req_42</code>" in get_template(page).render({"reference": "req_42"})


@pytest.fixture
def _site() -> Iterator[None]:
    with site():
        yield


@pytest.mark.usefixtures("_site")
def test_django_answers_with_our_pages(client: Client) -> None:
    missing = client.get("/no-such-page")
    assert missing.status_code == 404
    assert "There is nothing here" in missing.content.decode()
    refused = client.get("/alerts", headers={"X-Test-Role": "customer"})
    assert "Your role does not include this page" in refused.content.decode()
    bad = client.get("/alerts?cursor=x", headers={"X-Test-Role": "admin"})
    assert "damaged, too old" in bad.content.decode()


@pytest.mark.usefixtures("_site")
def test_a_broken_page_gets_the_500_page_without_context_processors(rf: object) -> None:
    answer = server_error(rf.get("/"))  # type: ignore[attr-defined]
    assert answer.status_code == 500
    assert b"Something broke on our side" in answer.content


@pytest.mark.usefixtures("_site")
def test_a_form_without_its_token_gets_our_page() -> None:
    answer = Client(enforce_csrf_checks=True).post("/form", {})
    assert answer.status_code == 403
    assert "This form is too old" in answer.content.decode()
