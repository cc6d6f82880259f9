"""The same few people for every test: makers that store a person, and a client signed in as one."""

from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client

from accounts.models import EmailLock, SignIn, User
from accounts.models.people import VERIFIED
from accounts.sessions import SessionStore
from cloudbank import store
from cloudbank.clock import iso, utcnow
from cloudbank.conf import business_date
from cloudbank.ids import new_id
from cloudbank.roles import Role

PASSWORD = "correct horse battery staple"  # noqa: S105  everybody's password in tests
PASSWORD_HASH = "bcrypt_sha256$$2b$04$GGQDNkVDVke3sUw0cdXFXeK7jA5baMQLGwfmtSrX3b17A9r526p1y"  # noqa: S105


def make_user(role: Role | str = Role.CUSTOMER, *, name: str = "", email: str = "", **attributes: Any) -> User:
    """Store a person with this role who signs in with PASSWORD; customers are verified unless told otherwise."""
    now = utcnow()
    user_id = attributes.pop("user_id", "") or new_id("usr")
    known: dict[str, Any] = {
        "name": name or f"{str(role).capitalize()} Example",
        "email": email or f"{user_id.lower()}@people.example",
        "role": str(role),
        "password": PASSWORD_HASH,
        "password_set_at": iso(now),
        "kyc_status": VERIFIED,
        "registered_at": iso(now),
        "registered_on": business_date(now).isoformat(),
    }
    item = User(user_id=user_id, version=1, **(known | attributes))
    item.file_under_name()
    item.file_for_review()
    writes: list[store.Write] = [store.new(item)]
    if item.email:
        writes.append(store.new(EmailLock(user_id=EmailLock.key(item.email), version=1, holder_id=user_id)))
    store.save(writes)
    return item


def a_customer(**attributes: Any) -> User:
    """The customer of the story."""
    return make_user(Role.CUSTOMER, **({"name": "Carla Customer"} | attributes))


def a_stranger(**attributes: Any) -> User:
    """Another customer, who must see nothing of the first one's."""
    return make_user(Role.CUSTOMER, **({"name": "Simon Stranger"} | attributes))


def a_teller(**attributes: Any) -> User:
    """Takes and pays cash at the counter."""
    return make_user(Role.TELLER, **({"name": "Tom Teller"} | attributes))


def an_analyst(**attributes: Any) -> User:
    """Works alerts."""
    return make_user(Role.ANALYST, **({"name": "Ana Analyst"} | attributes))


def a_manager(**attributes: Any) -> User:
    """Runs the branch and reads reports."""
    return make_user(Role.MANAGER, **({"name": "Mary Manager"} | attributes))


def an_officer(**attributes: Any) -> User:
    """The compliance officer."""
    return make_user(Role.COMPLIANCE, **({"name": "Oscar Officer"} | attributes))


def an_auditor(**attributes: Any) -> User:
    """Reads everything, writes nothing."""
    return make_user(Role.AUDITOR, **({"name": "Aud Auditor"} | attributes))


def an_admin(**attributes: Any) -> User:
    """Makes staff, changes roles."""
    return make_user(Role.ADMIN, **({"name": "Ada Admin"} | attributes))


def signed_in(client: Client, user: User, *, source: str = "127.0.0.1") -> Client:
    """The client, with a session of this person. Writes only the session: `user` stays as it is stored."""
    session = SessionStore()
    session.source, session.agent = source, "Test"
    session[SESSION_KEY] = user.user_id
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = SignIn.of(user).get_session_auth_hash()
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
    return client
