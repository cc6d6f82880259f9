"""Who is written to: the enabled colleagues of a role, or with a right."""

from accounts.models import User
from accounts.queries.people import people_by_name
from cloudbank.roles import PERMISSIONS, Role

MOST = 25
"""Of each role: their messages go into one transaction with what they are about."""


def enabled_in(role: Role | str) -> list[User]:
    """The enabled people of a role, by name."""
    return [person for person in people_by_name(str(role), limit=MOST).rows if not person.disabled]


def enabled_with(*permissions: str) -> list[User]:
    """The enabled people whose role holds any of these permissions, by role and name."""
    roles = sorted(role for role, held in PERMISSIONS.items() if held & set(permissions))
    return [person for role in roles for person in enabled_in(role)]
