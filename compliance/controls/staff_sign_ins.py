"""Wrong passwords at staff accounts."""

from dataclasses import dataclass
from datetime import UTC, datetime

from accounts.models import User
from accounts.tries import SIGN_IN_ACCOUNT, password_counts
from cloudbank import store
from cloudbank.lists import Column
from cloudbank.roles import Role
from cloudbank.throttle import Throttle
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.controls.staff_dormant import staff_of
from compliance.drill import person_url
from compliance.queries.selections import Counted, Listed


@dataclass(frozen=True)
class Guessed:
    """A staff account with the password tries that were not right, in the hour that runs."""

    person: User
    tries: int
    until: datetime


@control("staff-sign-ins")
class StaffSignIns(Control):
    """Guessing at the passwords of those who work here is noticed."""

    title = "Failed sign-ins at staff accounts"
    framework = Framework.ACCESS
    obligation = "The bank detects attempts at unauthorised access to its customer information systems, and responds."
    source = "12 CFR 30 app. B III.C.1.f; PCI DSS 4.0 req. 8.3.4, 10.2.1.4; NIST SP 800-53 AC-7"
    counts = ("staff account", "staff accounts")
    gauge_label = "Most failed tries at one account"
    unit = ("try", "tries")
    formula = (
        "Enabled staff accounts with more failed password tries in the hour since the first one than the first "
        "threshold allows, over all networks; a right password takes back its own try only."
    )
    warn = 5
    breach = 20
    weight = 2
    owner = Role.ADMIN
    columns = (
        Column("name", "Person", main=True, value="person.name", link=lambda row: person_url(row.person.user_id)),
        Column("role", "Role", value=lambda row: row.person.role.capitalize()),
        Column("tries", "Failed tries", "number"),
        Column("until", "Counted until", "time"),
    )
    empty_text = "Nobody guesses at a staff account's password."

    def _guessed(self, scope: Scope) -> list[Guessed]:
        """All accounts with a failed try, most first; one BatchGet for each hundred people who work here."""

        def read() -> list[Guessed]:
            staff = {_counter(person): person for person in staff_of(scope) if person.email}
            now = int(scope.now.timestamp())
            found = [
                Guessed(staff[key], item.tries, datetime.fromtimestamp(item.until, UTC))
                for key, item in store.load(Throttle, staff, consistent=False).items()
                if item.until > now and item.tries > 0
            ]
            return sorted(found, key=lambda one: (-one.tries, one.person.user_id))

        return scope.once("guessed", read)

    def offenders(self, scope: Scope) -> Listed:
        """Those above the first threshold."""
        limit = self.threshold(scope, "warn")
        return Listed([one for one in self._guessed(scope) if one.tries > limit])

    def measure(self, scope: Scope) -> Measure:
        """The most tries at one account; of all enabled ones."""
        found = self._guessed(scope)
        most = found[0].tries if found else 0
        says = f"{said(most, self.unit)} at one account" if most else "none in the hour that runs"
        staff = Counted(len(staff_of(scope)))
        return Measure(self.offenders(scope).count(), most, says, of=staff, of_label="enabled staff accounts")


def _counter(person: User) -> str:
    """The key of the counter of tries at this address, over all networks."""
    counts = password_counts(person.email, "")
    return next(one.key for one in counts if one.limit is SIGN_IN_ACCOUNT)
