"""The unmanaged user model Django's auth runs on. No SQL: it is a view of the User item.

Everything that changes a person goes through `accounts.services.people`; this class only shows
what is stored, and answers Django's questions about rights and about whether a session still holds.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac

from accounts import watchers
from accounts.models.people import EmailLock, User, is_id
from cloudbank import store
from cloudbank.clock import from_iso
from cloudbank.roles import STAFF, permissions_of


class SignInManager(BaseUserManager["SignIn"]):
    """Finds people by id or by e-mail, always freshly read; there is no query set behind it."""

    def get(self, *args: Any, **lookup: Any) -> "SignIn":
        """The person with this `pk`, or DoesNotExist."""
        key = str(lookup["pk"])
        item = watchers.find(key) if is_id(key) else None
        if not isinstance(item, User):
            raise self.model.DoesNotExist("no such person")
        return self.model.of(item)

    def get_by_natural_key(self, username: str | None) -> "SignIn":
        """The person who holds this e-mail address, or DoesNotExist."""
        lock = store.get(EmailLock, EmailLock.key(username or ""))
        if lock is None:
            raise self.model.DoesNotExist("nobody holds this address")
        return self.get(pk=lock.holder_id)

    def get_queryset(self) -> Any:
        """Refused: people are not in an SQL database."""
        raise TypeError("people live in BankingUsers; read them with accounts.queries.people")


class SignIn(AbstractBaseUser):
    """A person as Django's auth sees them; `item` is the User item it was made of."""

    user_id = models.CharField(primary_key=True, max_length=64)
    email = models.EmailField("e-mail address", unique=True)
    password = models.CharField(max_length=256)

    objects = SignInManager()
    item: User

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        managed = False
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    def save(self, **options: Any) -> None:
        """Only a re-hash of the same password (a new work factor), which Django does while it checks one."""
        if list(options.get("update_fields") or ()) != ["password"]:
            raise TypeError("people are written by accounts.services.people")
        before = self.item.password
        actions = [User.password.set(self.password), User.version.add(1)]
        store.save([store.Update(User, self.user_id, actions, User.password == before)])
        self.item.password, self.item.version = self.password, self.item.version + 1

    @classmethod
    def of(cls, item: User) -> Self:
        """The person of this item."""
        made = cls(user_id=item.user_id, email=item.email, password=item.password)
        made.item = item
        return made

    @property
    def name(self) -> str:
        """The full name."""
        return self.item.name

    first_name = name
    """Django's password validator compares the password with this."""

    @property
    def role(self) -> str:
        """One of cloudbank.roles.Role."""
        return self.item.role

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """May sign in."""
        return not self.item.disabled

    @property
    def is_staff(self) -> bool:
        """Works here."""
        return self.role in STAFF

    is_superuser = False
    """Nobody is above the table of roles."""

    @property
    def must_change_password(self) -> bool:
        """The password was handed out by somebody else."""
        return self.item.must_change_password

    @property
    def last_login(self) -> datetime | None:  # type: ignore[override]
        """The last sign-in; part of a reset link, so that it dies when the person signs in."""
        return from_iso(self.item.last_sign_in_at) if self.item.last_sign_in_at else None

    def get_full_name(self) -> str:
        """The full name."""
        return self.name

    def get_short_name(self) -> str:
        """The first word of the name."""
        return self.name.split(maxsplit=1)[0] if self.name.strip() else self.email

    def get_all_permissions(self, obj: Any = None) -> set[str]:
        """The permissions of the role; none when disabled."""
        return set(permissions_of(self.role)) if self.is_active else set()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Whether the role holds the permission `app.verb_object`."""
        return self.is_active and perm in permissions_of(self.role)

    def has_perms(self, perm_list: Iterable[str], obj: Any = None) -> bool:
        """Whether it holds them all."""
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        """Whether it holds any of this app."""
        return any(perm.startswith(f"{app_label}.") for perm in self.get_all_permissions())

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must carry to be alive: another password, role, state or epoch ends them all."""
        item = self.item
        bound = "\x1f".join((item.password, item.role, str(item.disabled), str(item.session_epoch)))
        return salted_hmac("accounts.signin.session", bound, secret=secret, algorithm="sha256").hexdigest()
