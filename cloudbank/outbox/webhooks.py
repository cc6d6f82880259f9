"""Webhooks: a message as a signed POST, by the rules of Standard Webhooks (standardwebhooks.com, version 1).

The signing secret is not stored: it derives from SECRET_KEY, the webhook's id and its generation. A new SECRET_KEY
gives new secrets; both are signed with while the old one stands in SECRET_KEY_FALLBACKS.
"""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

import urllib3
import urllib3.connection
from django.conf import settings
from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UnicodeSetAttribute

from cloudbank import store
from cloudbank.audit import Audited
from cloudbank.outbox.item import Message
from cloudbank.outbox.outside import Forbidden, target
from cloudbank.outbox.receivers import NotDelivered, Receiver, receiver
from cloudbank.tables import AccountsItem, IntegerAttribute

BOOK = "webhook"
MOST = 20
"""Webhooks of one bank."""
SECONDS = urllib3.Timeout(connect=3, read=10)
IN_ALL = 20.0
"""Seconds after which a call is hung up: one that answers drop by drop keeps no message of others waiting."""
GONE = 410


class Webhook(Audited, AccountsItem, discriminator="webhook"):
    """An address outside that is told of some events."""

    passing = True

    label = UnicodeAttribute()
    url = UnicodeAttribute()
    events = UnicodeSetAttribute()
    active = BooleanAttribute(default=True)
    generation = IntegerAttribute(default=1)
    """One more, and the secret is another one."""
    created_at = UnicodeAttribute()

    @property
    def webhook_id(self) -> str:
        """The hash key under its own name."""
        return self.account_id

    def file(self) -> None:
        """Set the keys of the index by_book; call before saving a new one."""
        self.book, self.book_order = BOOK, f"{self.created_at}#{self.account_id}"

    @property
    def secret(self) -> str:
        """What the receiver checks signatures with, as Standard Webhooks writes it."""
        return f"whsec_{base64.b64encode(next(self.secrets())).decode()}"

    def secrets(self) -> Iterator[bytes]:
        """The key of now, and those of SECRET_KEYs that are being rotated out."""
        name = f"webhook|{self.webhook_id}|{self.generation}".encode()
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            yield hmac.digest(key.encode(), name, hashlib.sha256)


def webhooks() -> list[Webhook]:
    """All webhooks, the oldest first, read strongly."""
    keys = [key for _, key in store.index_keys(Webhook, "by_book", BOOK, limit=MOST)]
    found = store.load(AccountsItem, keys)
    return [item for key in keys if isinstance(item := found.get(key), Webhook)]


def body_of(message: Message) -> bytes:
    """What is sent: the event, when it happened, and its facts."""
    content = {"type": message.event, "timestamp": message.created_at, "data": message.facts}
    return json.dumps(content, sort_keys=True, ensure_ascii=False).encode()


def signatures(hook: Webhook, message_id: str, at: int, body: bytes) -> str:
    """The header `webhook-signature`: base64 of HMAC-SHA256 over `id.timestamp.body`, one for each valid secret."""
    signed = f"{message_id}.{at}.".encode() + body
    digests = (hmac.digest(secret, signed, hashlib.sha256) for secret in hook.secrets())
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def call(hook: Webhook, message: Message) -> None:
    """POST a message. Raises NotDelivered for everything but a 2xx answer; follows no redirect."""
    body, at = body_of(message), int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "CloudBankAnalytics-Webhook/1",
        "webhook-id": message.message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": signatures(hook, message.message_id, at, body),
    }
    try:
        status = _post(hook.url, body, headers)
    except Forbidden as error:
        raise NotDelivered(str(error), for_good=True) from error
    except (OSError, urllib3.exceptions.HTTPError) as error:
        raise NotDelivered(f"not reached: {type(error).__name__}") from error
    if not 200 <= status < 300:
        raise NotDelivered(f"answered {status}", for_good=status == GONE)


class _Bounded:
    """A connection that is hung up when IN_ALL is over, in whatever state it is."""

    _timer: threading.Timer | None = None
    _twin: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]
        self._twin = made.dup()  # TLS takes the socket itself away; shutting its twin down ends the connection as well
        self._timer = threading.Timer(IN_ALL, _hang_up, [self._twin])
        self._timer.daemon = True
        self._timer.start()
        return made

    def close(self) -> None:
        """It ended in time."""
        if self._timer and self._twin:
            self._timer.cancel()
            self._twin.close()
        super().close()  # type: ignore[misc]


def _hang_up(twin: socket.socket) -> None:
    with suppress(OSError):
        twin.shutdown(socket.SHUT_RDWR)


class _Http(_Bounded, urllib3.connection.HTTPConnection):
    """Inside the bank's own network only."""


class _Https(_Bounded, urllib3.connection.HTTPSConnection):
    """Everywhere else."""


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    where, began = target(url), time.monotonic()
    options: dict[str, Any] = {"timeout": SECONDS, "retries": False, "maxsize": 1}
    if where.scheme == "https":
        options |= {"server_hostname": where.host, "assert_hostname": where.host}
        pool: Any = urllib3.HTTPSConnectionPool(where.address, where.port, **options)
        pool.ConnectionCls = _Https
    else:
        pool = urllib3.HTTPConnectionPool(where.address, where.port, **options)
        pool.ConnectionCls = _Http
    usual = where.port == (443 if where.scheme == "https" else 80)
    host = where.host if usual else f"{where.host}:{where.port}"
    with pool:
        answer = pool.request(
            "POST", where.path, body=body, headers=headers | {"Host": host}, redirect=False, preload_content=False
        )
        answer.close()
    if time.monotonic() - began >= IN_ALL:  # it was hung up: what came until then looks like an answer
        raise TimeoutError("it took too long")
    return int(answer.status)


@receiver("webhook")
class Webhooks(Receiver):
    """Every active webhook that asked for the event."""

    def addresses(self, message: Message) -> Iterable[str]:
        """Their ids."""
        return [hook.webhook_id for hook in webhooks() if hook.active and message.event in hook.events]

    def deliver(self, address: str, message: Message) -> None:
        """One call. One that was turned off or removed meanwhile is told nothing more."""
        hook = store.get(Webhook, address)
        if hook is None or not hook.active:
            raise NotDelivered("the webhook was turned off", for_good=True)
        call(hook, message)
