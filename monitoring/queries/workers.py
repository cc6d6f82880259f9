"""Who may work on alerts."""

from accounts.models import User
from accounts.queries.people import people_by_name
from cloudbank.roles import PERMISSIONS

WORK = "monitoring.work_alert"
MOST = 100


def workers() -> list[User]:
    """The colleagues who may work on alerts, by role and name."""
    roles = sorted(role for role, held in PERMISSIONS.items() if WORK in held)
    found = [person for role in roles for person in people_by_name(role, limit=MOST).rows]
    return [person for person in found if not person.disabled]
