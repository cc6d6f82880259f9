"""E-mails to people, sent beside the request: how long a page takes must not say whether an address is known."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.template.loader import render_to_string

from cloudbank import trace

log = logging.getLogger(__name__)
_pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="mail")
_open: set[Future[None]] = set()
SETTLE_SECONDS = 10


def later(work: Callable[..., None], *args: Any) -> None:
    """Run `work` in the background. What fails is logged; the person asks again."""
    future = _pool.submit(trace.carried(_logged), work, *args)
    _open.add(future)
    future.add_done_callback(_open.discard)


def _logged(work: Callable[..., None], *args: Any) -> None:
    try:
        work(*args)
    except Exception:  # the last frame of this thread: nobody above could log it
        log.exception("an e-mail was not sent")


def settle() -> None:
    """Wait until everything asked for so far is sent."""
    wait(set(_open), timeout=SETTLE_SECONDS)


def send(kind: str, to: str, **context: Any) -> None:
    """Send the e-mail `<room>/mail/<kind>.txt`, whose first line is the subject; a `kind` without a room is ours."""
    room, _, name = kind.rpartition("/")
    text = render_to_string(f"{room or 'accounts'}/mail/{name}.txt", context | {"bank": settings.BANK_NAME})
    subject, _, body = text.lstrip().partition("\n")
    EmailMessage(subject=subject.strip(), body=body.lstrip(), to=[to]).send()


def site(request: HttpRequest) -> str:
    """The bank's address for links in e-mails: the setting PUBLIC_URL, else the host Django has checked."""
    address: str = getattr(settings, "PUBLIC_URL", "") or request.build_absolute_uri("/")
    return address.rstrip("/")
