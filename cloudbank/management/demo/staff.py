"""The demo bank's staff, and the file with everybody's sign-in."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from django.conf import settings

from accounts.demo.cast import GUEST_EMAIL
from accounts.ledger import Actor
from accounts.models import User
from accounts.queries.people import holder_of
from accounts.services.access import change_password, one_time_password
from accounts.services.people import create_staff
from cloudbank.roles import Role

COMMAND = Actor("command:seed_demo", "system", "seed_demo")
STAFF = {
    "teller@cloudbank.example": ("Tessa Novak", Role.TELLER),
    "teller2@cloudbank.example": ("Tom Adeyemi", Role.TELLER),
    "analyst@cloudbank.example": ("Ana Lindqvist", Role.ANALYST),
    "analyst2@cloudbank.example": ("Arun Mehta", Role.ANALYST),
    "manager@cloudbank.example": ("Maria Fontaine", Role.MANAGER),
    "manager2@cloudbank.example": ("Mateo Silva", Role.MANAGER),
    "compliance@cloudbank.example": ("Oscar Brandt", Role.COMPLIANCE),
    "compliance2@cloudbank.example": ("Olivia Grant", Role.COMPLIANCE),
    "auditor@cloudbank.example": ("Audrey Kim", Role.AUDITOR),
    "admin@cloudbank.example": ("Ada Castillo", Role.ADMIN),
}


def sign_ins_file() -> Path:
    """Where the sign-ins are written; `make run` prints it."""
    return Path(settings.VAR_DIR) / "demo-signins.txt"


def passwords() -> dict[str, str]:
    """E-mail -> password: those of the file, so that an interrupted run keeps them; new ones are added and written.

    Made for this bank alone: a demo that can be reached from outside must not have known passwords.
    """
    file = sign_ins_file()
    found = {row[1]: row[2] for row in _rows(file)} if file.exists() else {}
    wanted = {GUEST_EMAIL: Role.CUSTOMER} | {email: role for email, (_, role) in STAFF.items()}
    made = {email: found.get(email) or one_time_password() for email in wanted}
    _write(file, [(str(role), email, made[email]) for email, role in wanted.items()])
    return made


def _rows(file: Path) -> list[list[str]]:
    lines = (line.split("|") for line in file.read_text().splitlines())
    return [[part.strip() for part in line] for line in lines if len(line) == 3 and "@" in line[1]]


def _write(file: Path, rows: list[tuple[str, str, str]]) -> None:
    table = [("role", "e-mail", "password"), *rows]
    widths = [max(len(row[place]) for row in table) for place in range(3)]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    lines.insert(1, "-|-".join("-" * width for width in widths))
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
        output.write("\n".join(lines) + "\n")
    os.replace(fresh, file)


def employ(known: Mapping[str, str], now: datetime) -> dict[str, User]:
    """The staff by e-mail; who is there already stays. Side by side: hashing a password is slow on purpose."""

    def one(email: str) -> User:
        name, role = STAFF[email]
        there = holder_of(email)
        return there or create_staff(
            email=email, name=name, role=role, password=known[email], handed_out=False, actor=COMMAND, now=now
        )

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(STAFF, pool.map(one, STAFF), strict=True))


def let_guest_in(known: Mapping[str, str], now: datetime) -> None:
    """Give the demo customer a password."""
    guest = holder_of(GUEST_EMAIL)
    if guest and not guest.password:
        change_password(user_id=guest.user_id, password=known[GUEST_EMAIL], actor=COMMAND, now=now)
