"""Django's authentication backend over BankingUsers."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from accounts.models import SignIn


class BankBackend(BaseBackend):
    """E-mail and password. Exactly one bcrypt computation a try, whoever is asked for."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> SignIn | None:
        """The person, or None: unknown, disabled, without password and wrong password look the same."""
        if username is None or password is None:
            return None
        try:
            person = SignIn.objects.get_by_natural_key(username)
        except SignIn.DoesNotExist:
            make_password(password)
            return None
        if not person.password:
            make_password(password)
            return None
        return person if person.check_password(password) and person.is_active else None

    def get_user(self, user_id: str) -> SignIn | None:
        """The person of a session, strongly read: a change of rights counts from the next request."""
        try:
            person = SignIn.objects.get(pk=user_id)
        except SignIn.DoesNotExist:
            return None
        return person if person.is_active else None

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Asked only for people who are not signed in: nothing is allowed to them."""
        return False
