"""Django sessions in BankingUsers: hashed keys, idle and absolute limit kept by the server.

Limits come from `settings.SESSION_IDLE_SECONDS` and `settings.SESSION_COOKIE_AGE` and are compared
in code: DynamoDB's TTL only clears away what is long over. "Last seen" is written at most once in
REFRESH_SECONDS, so the idle limit may strike up to that much early, never late.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string

from accounts import watchers
from accounts.http import is_poll, watches
from accounts.models import Session
from cloudbank import store
from cloudbank.addresses import source_of
from cloudbank.clock import from_iso, iso, utcnow

REFRESH_SECONDS = 60
TTL_GRACE = timedelta(hours=1)


def idle_limit() -> timedelta:
    """How long a session lives without a request of its person."""
    return timedelta(seconds=settings.SESSION_IDLE_SECONDS)


def absolute_limit() -> timedelta:
    """How long a session lives at all."""
    return timedelta(seconds=settings.SESSION_COOKIE_AGE)


def is_over(item: Session, now: datetime) -> bool:
    """Whether the session has reached one of its limits."""
    return now >= from_iso(item.seen_at) + idle_limit() or now >= from_iso(item.began_at) + absolute_limit()


class SessionStore(SessionBase):
    """One session; Django's interface."""

    source = ""
    agent = ""
    watches = False
    """Whether a page asked by itself for what is new, and does nothing else."""

    def __init__(self, session_key: str | None = None) -> None:
        self._item: Session | None = None
        self._unsaved = False
        super().__init__(session_key)

    def _get_new_session_key(self) -> str:
        return get_random_string(43)  # 256 bits: asking whether it is taken would be theatre

    def exists(self, session_key: str) -> bool:
        """Whether a session is stored under this key."""
        return store.get(Session, Session.key(session_key)) is not None

    def load(self) -> dict[str, Any]:
        """The stored data; an unknown or finished session is an empty one under a new key."""
        item = self._stored()
        if item is None or is_over(item, utcnow()):
            self._session_key = None
            return {}
        self._item = item
        data: dict[str, Any] = self.decode(item.data)
        return data

    def _stored(self) -> Session | None:
        """As it is now; for a page that only watches, as it was at most a second ago."""
        key = Session.key(self.session_key or "")
        item = watchers.find(key) if self.watches else store.get(Session, key)
        return item if isinstance(item, Session) else None

    def create(self) -> None:
        """Begin a session under a new key; it is stored by the first `save`."""
        self._session_key = self._get_new_session_key()
        self._session_cache: dict[str, Any] = {}
        self._item, self._unsaved, self.modified = None, True, True

    def save(self, must_create: bool = False) -> None:
        """Store the data. CreateError when the key is taken, UpdateError when the session was ended meanwhile."""
        data: dict[str, Any] = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        if self.session_key is None:
            self.create()
            self._session_cache = data
        fresh = must_create or self._unsaved or self._item is None
        item = self._filled(self._item if self._item and not fresh else None, data)
        condition = Session.user_id.does_not_exist() if fresh else Session.user_id.exists()
        try:
            store.save([store.Put(item, condition)])
        except store.ConditionFailed as error:
            raise (CreateError if fresh else UpdateError) from error
        self._item, self._unsaved = item, False

    def _filled(self, item: Session | None, data: dict[str, Any]) -> Session:
        now = utcnow()
        if item is None:
            key = Session.key(self.session_key or "")
            item = Session(user_id=key, version=1, began_at=iso(now), seen_at=iso(now))
        item.source, item.agent = self.source or item.source, self.agent or item.agent
        item.data, item.auth_hash = self.encode(data), str(data.get(HASH_SESSION_KEY, ""))
        if SESSION_KEY in data:
            item.owner_id, item.owner_order = data[SESSION_KEY], Session.order(item.began_at)
        item.expires_at = from_iso(item.began_at) + absolute_limit() + TTL_GRACE
        return item

    def delete(self, session_key: str | None = None) -> None:
        """End the session at the server."""
        key = session_key or self.session_key
        if key:
            store.save([store.Delete(Session, Session.key(key))])

    def keep_alive(self) -> None:
        """Note that the person was here, if the last note is old enough. Never revives an ended session."""
        now = utcnow()
        if self._item is None or (now - from_iso(self._item.seen_at)).total_seconds() < REFRESH_SECONDS:
            return
        seen = store.Update(Session, self._item.user_id, [Session.seen_at.set(iso(now))], Session.user_id.exists())
        try:
            store.save([seen])
        except (store.ConditionFailed, store.Conflict):
            return  # ended meanwhile, or another request of this person noted it
        self._item.seen_at = iso(now)

    @property
    def ref(self) -> str:
        """The name of this session in addresses, "" when it is not stored."""
        return self._item.ref if self._item else ""

    @classmethod
    def clear_expired(cls) -> None:
        """Nothing to do: DynamoDB's TTL clears them."""


class SessionMiddleware(DjangoSessionMiddleware):
    """Django's, and: where the session is used from, and the idle limit that polling does not extend."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer; pages that only watch share their look-ups (see watchers)."""
        with watchers.watching(watches(request)):
            return super().__call__(request)  # type: ignore[return-value]

    def process_request(self, request: HttpRequest) -> None:
        """Attach the session to the request."""
        super().process_request(request)
        request.session.source = source_of(request)  # type: ignore[attr-defined]
        request.session.agent = request.headers.get("User-Agent", "")[:200]  # type: ignore[attr-defined]
        request.session.watches = watches(request)  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Save what changed; note that the person was here unless the page asked by itself."""
        session = getattr(request, "session", None)
        if isinstance(session, SessionStore) and session.accessed and not session.modified and not is_poll(request):
            session.keep_alive()
        return super().process_response(request, response)
