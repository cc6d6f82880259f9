"""Notices by e-mail to those who work on alerts: a critical alert at once, the queue once a day."""

from collections.abc import Iterable
from datetime import date, datetime
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts import mail
from accounts.ledger import Actor
from accounts.models import User
from accounts.queries.people import user
from accounts.services.people import persistently
from cloudbank import audit, store
from cloudbank.outbox import Message, NotDelivered, Receiver, receiver
from cloudbank.roles import allows
from cloudbank.store import Write
from monitoring.notices import ALERT, CRITICAL_MAIL, DIGEST, DIGEST_MAIL, KINDS, MAIL, digest_notice
from monitoring.patternbook import titles_of
from monitoring.queries.digest import QueueDigest
from monitoring.queries.workers import WORK, workers
from monitoring.rulebook import CRITICAL


def wanting(kind: str) -> list[User]:
    """The colleagues who work on alerts and have not turned this kind of notice off."""
    return [person for person in workers() if person.email and kind not in (person.notices_off or ())]


def choose_notices(*, user_id: str, wanted: Iterable[str], actor: Actor, now: datetime) -> User:
    """Keep which kinds of notices this person wants by e-mail."""
    off = set(KINDS) - set(wanted)

    def change(person: User, _: date) -> list[Write]:
        before = set(person.notices_off or ())
        if before == off:
            return []
        person.notices_off = off or None
        was, is_now = {"off": sorted(before)}, {"off": sorted(off)}
        return [audit.record(person, "choose_notices", actor=actor, now=now, before=was, after=is_now)]

    return persistently(user_id, change, now)


def send_digests(*, digest: QueueDigest, now: datetime) -> int:
    """Leave today's digest for everybody who wants it, once a day and person; how many are new."""
    left = 0
    for person in wanting(DIGEST_MAIL):
        notice = digest_notice(day=digest.day, person_id=person.user_id, facts=digest.facts, now=now)
        try:
            store.save([store.new(notice.item)])
        except store.ConditionFailed:
            continue  # left before, perhaps delivered: a second run tells nobody twice
        left += 1
    return left


def address_of(path: str) -> str:
    """A link for an e-mail; the path alone while the bank's address is not set (PUBLIC_URL)."""
    return f"{str(settings.PUBLIC_URL).rstrip('/')}{path}"


@receiver(MAIL)
class Mail(Receiver):
    """An e-mail to each colleague whom it concerns, without names, amounts or accounts: mail is read on the way."""

    def addresses(self, message: Message) -> Iterable[str]:
        """Everybody who wants critical alerts at once. Less severe ones wait in the queue and in the digest."""
        if message.event != ALERT or message.facts["severity"] != CRITICAL:
            return []
        return [person.user_id for person in wanting(CRITICAL_MAIL)]

    def deliver(self, address: str, message: Message) -> None:
        """One e-mail. Who left, or works on alerts no more, is told nothing."""
        person = user(address)
        if person is None or person.disabled or not person.email or not allows(person.role, WORK):
            raise NotDelivered("this person does not work on alerts any more", for_good=True)
        kind, context = _content(message)
        try:
            mail.send(f"monitoring/{kind}", person.email, reference=message.message_id, **context)
        except (OSError, SMTPException) as error:
            raise NotDelivered(f"the mail server: {type(error).__name__}") from error


def _content(message: Message) -> tuple[str, dict[str, Any]]:
    facts = message.facts
    if message.event == DIGEST:
        return "digest", {"digest": facts, "link": address_of(reverse("alerts"))}
    return "critical_alert", {
        "titles": titles_of(facts["rules"]),
        "link": address_of(reverse("alert", args=[facts["alert"]])),
    }
