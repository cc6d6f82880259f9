"""One line of the log for each request: what was asked, how it ended, how long it took, and for whom.

The address is told as its pattern (`/accounts/<account_id>`), so that no number of an account and no name gets into a
log. Who asked is told only when answering had to find it out: the line itself reads nothing.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject

log = logging.getLogger(__name__)
FORWARDED = ("X-Amzn-Trace-Id", "X-Request-Id")
"""Names that a load balancer gives a request; a browser can send them too, so they only stand beside the bank's own."""
_WELL_FORMED = re.compile(r"[A-Za-z0-9=;:._-]{8,128}", re.ASCII)
_CONVERTER = re.compile(r"<(?:[a-z_]+:)?([a-z_]+)>")
PROBES = frozenset({"/healthz", "/readyz"})
QUIET = 400
SERVER_ERROR = 500


def tell(request: HttpRequest, answer: HttpResponseBase, milliseconds: float) -> None:
    """Write the line. Not for what says nothing: a poll without news, a probe that went well, a static file."""
    if _says_nothing(request, answer.status_code):
        return
    log.info(
        "%s %s %d %.0f ms %s%s",
        request.method if request.method in _METHODS else "?",
        pattern_of(request),
        answer.status_code,
        milliseconds,
        _who(request),
        _given_before(request.headers),
    )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def pattern_of(request: HttpRequest) -> str:
    """The address with names in the place of values; "(no page)" when none was found.

    A view whose address alone tells what not everybody may know says by `told_as` what stands in its place.
    """
    if request.path in PROBES:
        return request.path
    match = request.resolver_match
    if not match:
        return "(no page)"
    told: str = getattr(getattr(match.func, "view_class", None), "told_as", "")
    return told or "/" + _CONVERTER.sub(r"<\1>", match.route)


class WithoutAddresses(logging.Filter):
    """What Django itself logs of a request, told by the pattern as well: "Not Found: /people/<user_id>".

    Of what the asker did wrong it is one line: anybody can ask for what is not there, a thousand times.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """True: every record is written."""
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest):
            if isinstance(record.args, tuple):
                asked = (request.path, request.path.encode("unicode_escape").decode("ascii"))
                record.args = tuple(pattern_of(request) if one in asked else one for one in record.args)
            if getattr(record, "status_code", SERVER_ERROR) < SERVER_ERROR:
                record.exc_info = None
        return True


def _says_nothing(request: HttpRequest, status: int) -> bool:
    if status >= QUIET:
        return False
    static = f"/{settings.STATIC_URL.strip('/')}/"
    return status == 204 or request.path in PROBES or request.path.startswith(static)


def _who(request: HttpRequest) -> str:
    """ "usr_... teller" of the person that this request was answered for, "-" when nobody was looked up."""
    person: Any = vars(request).get("user")
    if isinstance(person, SimpleLazyObject):
        person = getattr(request, "_cached_user", None)
    if person is None or not person.is_authenticated:
        return "-"
    return f"{person.pk} {getattr(person, 'role', '')}"


def _given_before(headers: Mapping[str, str]) -> str:
    """What the balancer calls it, if that is well-formed."""
    given = next((headers[name] for name in FORWARDED if name in headers), "")
    return f" from {given}" if _WELL_FORMED.fullmatch(given) else ""
