"""What a request says about who acts: the person, the role, the address."""

from typing import cast

from django.http import HttpRequest

from accounts.ledger import Actor
from accounts.models import SignIn, User
from cloudbank.addresses import source_of

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


def is_poll(request: HttpRequest) -> bool:
    """Whether the page asked by itself: such a request never keeps a session alive."""
    return bool(request.headers.get(POLL_HEADER))


def watches(request: HttpRequest) -> bool:
    """Whether it is such a request and only asks: it changes nothing."""
    return request.method == "GET" and is_poll(request)
