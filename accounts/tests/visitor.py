"""A signed-in person over real HTTP, without a browser: for tests and measurements against gunicorn."""

import re
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.test import Client

from accounts.models import User
from accounts.testing import signed_in

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    location: str
    text: str
    request_id: str = ""


@dataclass
class Visitor:
    """One person with one kept-alive connection."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)
    _connection: HTTPConnection | None = None
    _token: str = ""

    @classmethod
    def signed_in(cls, url: str, user: User) -> "Visitor":
        """A visitor with a session of the user."""
        client = signed_in(Client(), user)
        return cls(url, {name: morsel.value for name, morsel in client.cookies.items()})

    def get(self, path: str) -> Answer:
        """GET a page."""
        return self._request("GET", path, None)

    def post(self, path: str, values: dict[str, str], page: str = "") -> Answer:
        """POST a form; the CSRF token is taken once from `page` (default: the same path)."""
        if not self._token:
            found = _TOKEN.search(self.get(page or path).text)
            assert found, f"{page or path} has no form"
            self._token = found[1]
        return self._request("POST", path, {"csrfmiddlewaretoken": self._token} | values)

    def patiently_post(self, path: str, values: dict[str, str]) -> Answer:
        """POST the same form again and again until the bank answers with a redirect or a refusal."""
        for _ in range(200):
            try:
                answer = self.post(path, values)
            except (OSError, HTTPException):
                self.close()
                continue
            if answer.status in (302, 403, 422):
                return answer
        raise AssertionError(f"{path} never answered")

    def close(self) -> None:
        """Hang up; the next request connects anew."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _request(self, method: str, path: str, values: dict[str, str] | None) -> Answer:
        if self._connection is None:
            self._connection = HTTPConnection(urlsplit(self.url).netloc, timeout=15)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if values is not None:
            body, headers["Content-Type"] = urlencode(values), "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        text = response.read().decode(errors="replace")
        self._keep_cookies(response)
        return Answer(response.status, response.getheader("Location", ""), text, response.getheader("X-Request-Id", ""))

    def _keep_cookies(self, response: HTTPResponse) -> None:
        for header in response.headers.get_all("Set-Cookie") or []:
            name, _, value = header.partition(";")[0].partition("=")
            if name in (settings.CSRF_COOKIE_NAME, settings.SESSION_COOKIE_NAME):
                self.cookies[name] = value
