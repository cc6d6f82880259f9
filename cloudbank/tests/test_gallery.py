"""The components in a real browser: no serious axe finding, no sideways scroll, no CSP or script error, live parts work."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

from cloudbank.testing import axe_source
from cloudbank.tests.gallery import site

pytestmark = pytest.mark.browser

PAGES = ("gallery", "form", "receipt", "alerts?status=ALERT", "login")
SERIOUS = ("serious", "critical")


class Quiet(WSGIRequestHandler):
    """No access log in the tests' output."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def gallery_url() -> Iterator[str]:
    """A server of the gallery alone: no tables behind it."""
    with site():
        server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet, allow_reuse_address=True)
        server.daemon_threads = True
        server.set_app(StaticFilesHandler(WSGIHandler()))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()


class Visitor:
    """One person's browser, and what went wrong in it."""

    def __init__(self, browser: Any, url: str, width: int, theme: str = "light", **options: Any) -> None:
        self.context = browser.new_context(base_url=url, viewport={"width": width, "height": 900}, **options)
        self.context.add_cookies(
            [{"name": "role", "value": "compliance", "url": url}, {"name": "theme", "value": theme, "url": url}]
        )
        self.context.set_default_timeout(10_000)
        self.scripts = options.get("java_script_enabled", True)
        self.page, self.errors = self.context.new_page(), list[str]()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)

    def open(self, path: str) -> Any:
        """The page, loaded and drawn."""
        self.page.goto(f"/{path}")
        if self.scripts:
            self.page.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame))")
        return self.page


@pytest.fixture
def visit(browser: Any, gallery_url: str) -> Iterator[Any]:
    """Makes visitors: `visit(1280)`; none may leave an error on the console."""
    visitors: list[Visitor] = []

    def make(width: int = 1280, theme: str = "light", **options: Any) -> Visitor:
        visitors.append(Visitor(browser, gallery_url, width, theme, **options))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.context.close()
        assert visitor.errors == []


SMALL = """() => [...document.querySelectorAll("button, summary, input, select, .btn, .chip-x, .pager a, .bar a")]
    .map(e => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
    .filter(([, r]) => r.width > 0 && (r.width < 20 || r.height < 20)).map(([html]) => html)"""
SIDEWAYS = "document.documentElement.scrollWidth - window.innerWidth"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit: Any, theme: str) -> None:
    visitor = visit(1280, theme)
    for path in PAGES:
        page = visitor.open(path)
        page.evaluate(axe_source())
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 900})
            found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
            bad = [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in SERIOUS]
            assert bad == [], (path, width)


def test_no_page_scrolls_sideways_and_targets_are_large_enough(visit: Any) -> None:
    visitor = visit()
    for path in PAGES:
        page = visitor.open(path)
        for width in (1920, 1280, 768, 375, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(SIDEWAYS) <= 0, (path, width)
            assert page.evaluate(SMALL) == [], (path, width)


def test_without_javascript_links_tables_and_the_menu_are_there(visit: Any) -> None:
    visitor = visit(375, java_script_enabled=False)
    page = visitor.open("gallery")
    assert page.get_by_role("link", name="Analytics").is_visible()
    assert page.get_by_role("region", name="30-day volume: table").is_visible()
    assert not page.locator("canvas").first.is_visible()
    assert visitor.open("alerts").get_by_text("1\N{EN DASH}25 of 25+").first.is_visible()


def test_a_chart_turns_into_its_table_and_a_click_on_it_leads_to_the_rows(visit: Any) -> None:
    page = visit().open("gallery")
    box = page.locator("#by-type")
    box.get_by_role("button", name="Table").click()
    assert box.get_by_role("link", name="420").is_visible()
    box.get_by_role("button", name="Chart").click()
    page.wait_for_timeout(400)  # the chart draws itself anew
    first = "const p = Chart.getChart(c).getDatasetMeta(0).data[0].tooltipPosition(); return {x: p.x, y: p.y}"
    box.locator("canvas").click(position=box.locator("canvas").evaluate(f"c => {{ {first} }}"))
    page.wait_for_url("**/alerts?type=deposit")


def test_new_rows_are_announced_and_nothing_moves_until_asked(visit: Any) -> None:
    page = visit().open("alerts")
    first = page.locator("tbody tr").first.inner_text()
    show = page.get_by_role("button", name="3 new alerts")
    show.wait_for()
    assert page.locator("tbody tr").first.inner_text() == first
    assert page.title().startswith("(3) ")
    show.click()
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Live").click()
    assert page.get_by_role("button", name="Paused").get_attribute("aria-pressed") == "true"


def test_a_filter_swaps_the_table_and_the_address(visit: Any) -> None:
    page = visit().open("alerts")
    page.locator(".filters-box summary").click()
    page.get_by_label("Status").select_option("CRITICAL")
    page.get_by_role("link", name="Clear all").wait_for()
    assert page.url.endswith("/alerts?status=CRITICAL")
    page.go_back()
    page.get_by_text("1\N{EN DASH}25 of 25+").first.wait_for()
    assert page.get_by_role("link", name="Clear all").count() == 0


def test_ticks_are_counted_and_shift_takes_a_range(visit: Any) -> None:
    page = visit().open("alerts")
    ticks = page.locator("[data-tick]")
    ticks.nth(1).click()
    ticks.nth(4).click(modifiers=["Shift"])
    assert page.get_by_text("4 selected").is_visible()
    page.locator("[data-tick-all]").click()
    assert page.get_by_text("25 selected").is_visible()


def test_a_double_click_sends_a_form_once_and_back_gives_the_button_back(visit: Any) -> None:
    visitor = visit()
    page, posts = visitor.open("login"), list[str]()
    page.on("request", lambda request: posts.append(request.method))
    page.get_by_role("button", name="Sign in").dblclick()
    page.wait_for_timeout(500)
    assert posts.count("POST") == 1
    page.go_back()
    assert page.get_by_role("button", name="Sign in").is_enabled()


def test_the_error_summary_has_the_focus_and_leads_into_the_field(visit: Any) -> None:
    visitor = visit()
    page = visitor.open("form")
    page.get_by_role("button", name="Continue").click()
    page.locator("[data-error-summary]:focus").wait_for()
    page.get_by_role("link", name="Amount: This field is required.").click()
    assert page.evaluate("document.activeElement.id") == "id_amount"
    visitor.errors.clear()  # the browser reports the 422 itself


def test_keys_skip_to_the_content_open_menus_and_close_them(visit: Any) -> None:
    page = visit().open("gallery")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    menu = page.locator("header .drop > summary").last
    menu.focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Sign out").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("button", name="Sign out").is_visible()
    assert menu.evaluate("e => e === document.activeElement")


def test_paper_has_no_navigation(visit: Any) -> None:
    page = visit().open("receipt")
    page.emulate_media(media="print")
    assert not page.locator("header.bar").is_visible()
    assert not page.get_by_role("button", name="Print").is_visible()
    assert page.get_by_text("1,234.50").is_visible()
