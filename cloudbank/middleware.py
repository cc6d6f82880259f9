"""Headers of every answer, and the two addresses that only a load balancer asks for."""

import time
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url

from cloudbank import access, store, trace
from cloudbank.ready import refuse_unready
from cloudbank.throttle import TooMany

GetResponse = Callable[[HttpRequest], HttpResponseBase]
PERMISSIONS_POLICY = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
TOO_MANY = 429
CLEAR_SITE_DATA = '"cache", "storage"'


class HealthMiddleware:
    """/healthz: the process answers. /readyz: DynamoDB answers it.

    First of all middleware: no host check, no session.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the two, hand on everything else."""
        if request.path == "/healthz":
            return self._plain("ok", 200)
        if request.path == "/readyz":
            return self._ready()
        return self.get_response(request)

    def _ready(self) -> HttpResponse:
        try:
            refuse_unready()
        except store.StoreError as error:
            return self._plain(f"the store does not answer: {type(error).__name__}", 503)
        return self._plain("ready", 200)

    def _plain(self, text: str, status: int) -> HttpResponse:
        answer = HttpResponse(f"{text}\n", content_type="text/plain; charset=utf-8", status=status)
        answer["Cache-Control"] = "no-store"
        return answer


class RequestIdMiddleware:
    """An id for every request: on error pages, in log lines, postings and audit records, in the answer's X-Request-Id.

    Also the request's own line in the log. The id stays until the answer is closed: also what is streamed, and what
    Django logs of an error, is told under it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer with its reference."""
        begun, mine = time.perf_counter(), trace.new()
        trace.begin(mine)
        request.request_id = mine  # type: ignore[attr-defined]
        answer = self.get_response(request)
        answer["X-Request-Id"] = mine
        answer._resource_closers.append(lambda: trace.begin(""))  # type: ignore[attr-defined]
        access.tell(request, answer, (time.perf_counter() - begun) * 1000)
        return answer


class FirstPasswordMiddleware:
    """Who was handed a password changes it before anything else."""

    allowed = ("password_change", "logout")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        """To the page that changes the password, or on."""
        match = request.resolver_match
        if not getattr(request.user, "must_change_password", False) or (match and match.url_name in self.allowed):
            return None
        return redirect("password_change")


class ThrottleMiddleware:
    """What was tried too often is answered with 429 and when to try again."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page of a refused try; None for every other error."""
        if not isinstance(error, TooMany):
            return None
        answer = render(request, "429.html", {"why": str(error)}, status=TOO_MANY)
        answer["Retry-After"] = str(error.seconds)
        return answer


class HeadersMiddleware:
    """Nothing of a page is cached; no page uses devices; signing out clears the browser.

    And: a redirect to the sign-in page becomes a whole-page one when a fragment was asked for,
    so that no sign-in form ever lands inside a table.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer with its headers."""
        answer = self.get_response(request)
        if _leads_to_login(answer):
            answer = _whole_page_to_login(request, answer)
        answer["Cache-Control"] = "no-store"
        answer["Permissions-Policy"] = PERMISSIONS_POLICY
        if request.method == "POST" and request.resolver_match and request.resolver_match.url_name == "logout":
            answer["Clear-Site-Data"] = CLEAR_SITE_DATA
        return answer


def _leads_to_login(answer: HttpResponseBase) -> bool:
    target = answer.get("Location", "") if answer.status_code == 302 else ""
    return bool(target) and urlsplit(target).path == resolve_url(settings.LOGIN_URL)


def _whole_page_to_login(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """A poll gets 401, htmx 204 with HX-Redirect and the way back to the page the person looked at."""
    if request.headers.get("X-Poll"):
        return HttpResponse(status=401)
    if request.headers.get("HX-Request") != "true":
        return answer
    page = urlsplit(request.headers.get("HX-Current-URL", ""))
    back = f"{page.path}?{page.query}" if page.query else page.path
    query = f"?{urlencode({'next': back})}" if back else ""
    moved = HttpResponse(status=204)
    moved["HX-Redirect"] = resolve_url(settings.LOGIN_URL) + query
    return moved
