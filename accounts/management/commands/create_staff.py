"""Make a member of staff who signs in."""

import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from accounts.forms.fields import PASSWORD_MAXIMUM
from accounts.ledger import Actor, Refused
from accounts.models import SignIn, User
from accounts.services.access import one_time_password
from accounts.services.people import create_staff
from cloudbank.clock import utcnow
from cloudbank.roles import STAFF, Role


class Command(BaseCommand):
    help = "Make a member of staff. Prints a one-time password, to be changed at the first sign-in."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, in which role, with which password."""
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--role", required=True, choices=sorted(str(role) for role in STAFF))
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, say what to hand out."""
        given = sys.stdin.readline().rstrip("\r\n") if options["password_stdin"] else ""
        password = given or one_time_password()
        self._check(options, password, is_chosen=options["password_stdin"], given=given)
        try:
            made = create_staff(
                email=options["email"],
                name=options["name"].strip(),
                role=Role(options["role"]),
                password=password,
                handed_out=not given,
                actor=Actor("command", "command", "command"),
                now=utcnow(),
            )
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"{made.name} ({made.role}) signs in with {made.email}; person {made.user_id}.")
        if not given:
            self.stdout.write(f"One-time password: {password}")

    def _check(self, options: dict[str, Any], password: str, *, is_chosen: bool, given: str) -> None:
        if is_chosen and not given:
            raise CommandError("--password-stdin: standard input was empty.")
        try:
            validate_email(options["email"])
            validate_password(password, SignIn.of(User(user_id="", email=options["email"], name=options["name"])))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if len(password) > PASSWORD_MAXIMUM:
            raise CommandError(f"A password has at most {PASSWORD_MAXIMUM} characters.")
        if not options["name"].strip():
            raise CommandError("--name: say who it is.")
