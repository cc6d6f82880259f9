"""Changes of how a person gets in: sign-ins noted, passwords changed, sessions ended, personal data shown."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.ledger import Actor, Refused
from accounts.models import Session, SignIn, User
from accounts.queries.people import open_sessions
from accounts.services.people import persistently
from cloudbank import audit, store
from cloudbank.clock import iso
from cloudbank.store import Write

_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


def one_time_password() -> str:
    """A password to hand out, 99 bits, without letters that look alike: "k7mpa-...-..."."""
    groups = ("".join(secrets.choice(_READABLE) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


def password_link(person: User, site: str) -> dict[str, str]:
    """The link with which this person sets a password, good once and for settings.PASSWORD_RESET_TIMEOUT, and `reset`,
    the page that sends another one. To be sent to the person's stored address only: who has it can sign in."""
    parts = {
        "uidb64": urlsafe_base64_encode(force_bytes(person.user_id)),
        "token": default_token_generator.make_token(SignIn.of(person)),
    }
    link = reverse("password_reset_confirm", kwargs=parts)
    return {"link": f"{site}{link}", "reset": f"{site}{reverse('password_reset')}"}


def note_sign_in(*, user_id: str, actor: Actor, now: datetime) -> User:
    """Keep when and from where the person signed in."""

    def change(person: User, _: date) -> Sequence[Write]:
        person.last_sign_in_at, person.last_sign_in_from = iso(now), actor.source
        person.sign_ins += 1
        return [audit.record(person, "sign_in", actor=actor, now=now)]

    return persistently(user_id, change, now)


def change_password(*, user_id: str, password: str, actor: Actor, now: datetime) -> User:
    """Set a new password. It is part of every session's hash and of every reset link: all of them end."""
    hashed = make_password(password)

    def change(person: User, _: date) -> Sequence[Write]:
        person.password, person.password_set_at, person.must_change_password = hashed, iso(now), False
        return [audit.record(person, "change_password", actor=actor, now=now)]

    return persistently(user_id, change, now)


def end_session(*, owner_id: str, ref: str, actor: Actor, now: datetime) -> None:
    """End one open session of this person. Refused when there is none of this name."""

    def change(person: User, _: date) -> Sequence[Write]:
        keys = [one.key for one in open_sessions(person, now=now) if one.ref == ref]
        if not keys:
            raise Refused("unknown_session", "This session is already over.")
        entry = audit.record(person, "end_session", actor=actor, now=now, after={"session": ref})
        return [entry, *(store.Delete(Session, key) for key in keys)]

    persistently(owner_id, change, now)


def end_all_sessions(*, user_id: str, reason: str, actor: Actor, now: datetime) -> User:
    """Sign a person out everywhere."""
    if not reason.strip():
        raise Refused("reason", "Give a reason; it is kept with the change.", "reason")

    def change(person: User, _: date) -> Sequence[Write]:
        person.session_epoch += 1
        return [audit.record(person, "end_all_sessions", actor=actor, now=now, reason=reason.strip())]

    return persistently(user_id, change, now)


def record_reveal(*, user_id: str, reason: str, actor: Actor, now: datetime) -> User:
    """Keep that somebody looked at a person's unmasked data, and why. Show them only after this."""
    if not reason.strip():
        raise Refused("reason", "Say why you need to see this; it is kept.", "reason")

    def change(person: User, _: date) -> Sequence[Write]:
        if person.restricted_on:
            raise Refused(
                "restricted", f"Processing is restricted since {person.restricted_on}: {person.restricted_why}"
            )
        return [audit.record(person, "reveal_personal_data", actor=actor, now=now, reason=reason.strip())]

    return persistently(user_id, change, now)
