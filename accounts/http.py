"""What a request says about who acts: the person, the role, the address."""

import ipaddress
from typing import cast

from django.conf import settings
from django.http import HttpRequest

from accounts.ledger import Actor
from accounts.models import SignIn, User

POLL_HEADER = "X-Poll"
ANYBODY = "anonymous"


def signed_in_person(request: HttpRequest) -> SignIn:
    """request.user of a page that requires a signed-in person."""
    return cast(SignIn, request.user)


def person(request: HttpRequest) -> User:
    """The signed-in person's item, read strongly for this request."""
    return signed_in_person(request).item


def actor_of(request: HttpRequest) -> Actor:
    """Who acts in this request: for services and audit records."""
    if not request.user.is_authenticated:
        return Actor(ANYBODY, ANYBODY, source_of(request))
    someone = signed_in_person(request)
    return Actor(someone.user_id, someone.role, source_of(request))


def source_of(request: HttpRequest) -> str:
    """The client's IP address, "" when unknown.

    Behind the bank's own proxy (one hop) it is the last entry of X-Forwarded-For, which that proxy
    wrote; what stands left of it was written by the client and is believed by nobody.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        address = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or address
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return ""


def network_of(source: str) -> str:
    """What attempts are counted by: the address, for IPv6 its /64 (one household has 2^64 addresses)."""
    if ":" not in source:
        return source
    return str(ipaddress.ip_network((source, 64), strict=False))


def is_poll(request: HttpRequest) -> bool:
    """Whether the page asked by itself: such a request never keeps a session alive."""
    return bool(request.headers.get(POLL_HEADER))
