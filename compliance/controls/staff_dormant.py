"""Staff accounts that nobody has used for a long time."""

from datetime import timedelta

from accounts.models import User
from cloudbank.clock import from_iso
from cloudbank.lists import Column
from cloudbank.roles import STAFF, Role
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.drill import person_url
from compliance.queries.selections import Counted, Listed


def last_used(person: User) -> str:
    """The last sign-in, or the day the account was made (ISO)."""
    return person.last_sign_in_at or person.registered_at or person.registered_on


def staff_of(scope: Scope) -> list[User]:
    """Everybody who works here and is enabled: one query for each role, once for all controls of a moment."""

    def read() -> list[User]:
        people = (person for role in sorted(STAFF) for person in User.by_name.query(str(role)))
        return [person for person in people if not person.disabled]

    return scope.once("staff", read)


@control("staff-dormant")
class StaffDormant(Control):
    """Sign-ins of staff that are not used are disabled."""

    title = "Unused staff sign-ins"
    framework = Framework.ACCESS
    obligation = "Staff accounts without a sign-in for 90 days are disabled or removed."
    source = "PCI DSS 4.0 req. 8.2.6; NIST SP 800-53 AC-2(3); 12 CFR 30 app. B III.C.1.a (access controls)"
    counts = ("staff sign-in", "staff sign-ins")
    gauge_label = "Longest unused"
    unit = ("day", "days")
    formula = (
        "Enabled staff accounts unused for longer than the first threshold; a new one counts from the day it was made."
    )
    warn = 60
    breach = 90
    weight = 2
    owner = Role.ADMIN
    columns = (
        Column("name", "Person", main=True, link=lambda item: person_url(item.user_id)),
        Column("role", "Role", value=lambda item: item.role.capitalize()),
        Column(
            "used",
            "Last used",
            "time",
            value=lambda item: from_iso(last_used(item)) if "T" in last_used(item) else None,
        ),
    )
    empty_text = "Every enabled staff account is in use."

    def _unused(self, staff: list[User], scope: Scope) -> list[User]:
        before = (scope.today - timedelta(days=self.threshold(scope, "warn"))).isoformat()
        return sorted((one for one in staff if "" < last_used(one)[:10] < before), key=last_used)

    def offenders(self, scope: Scope) -> Listed:
        """Longest unused first."""
        return Listed(self._unused(staff_of(scope), scope))

    def measure(self, scope: Scope) -> Measure:
        """Days that the longest unused account was not used; of all enabled staff accounts."""
        staff = staff_of(scope)
        unused = self._unused(staff, scope)
        longest = scope.age(last_used(unused[0])) if unused else 0
        return Measure(
            count=Counted(len(unused)),
            gauge=longest,
            says=f"the longest unused for {said(longest, self.unit)}" if unused else "all are in use",
            of=Counted(len(staff)),
            of_label="enabled staff accounts",
        )
