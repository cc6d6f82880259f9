"""How old the sanctions list in force is, and whether all customers were held against it."""

from cloudbank.clock import from_iso
from cloudbank.conf import bank_calendar
from cloudbank.lists import Column
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.queries.selections import Counted, Listed
from monitoring.list_items import SanctionsList
from monitoring.queries import sanctions


@control("sanctions-list")
class SanctionsListAge(Control):
    """The list is the one of these days, and everybody was screened against it."""

    title = "Sanctions list out of date"
    framework = Framework.AML
    obligation = (
        "The bank screens against the current list of OFAC, which changes several times a month, and screens its "
        "customers again when it changes."
    )
    source = "OFAC, A Framework for Compliance Commitments (2019); FFIEC manual, Office of Foreign Assets Control"
    counts = ("list", "lists")
    gauge_label = "Since the list was loaded"
    unit = ("day", "days")
    formula = (
        "Days since a list was last put in force (manage.py load_sanctions). A list that not all customers were held "
        "against a day after it came is breached whatever its age. Not measurable before the first list."
    )
    warn = 7
    breach = 30
    weight = 4
    columns = (
        Column("origin", "List", main=True, note="version_in_force"),
        Column("loaded", "Loaded", "time", value=lambda one: from_iso(one.loaded_at)),
        Column("screened_version", "Customers screened with"),
        Column(
            "screened", "Screened", "time", value=lambda one: from_iso(one.screened_at) if one.screened_at else None
        ),
    )
    empty_text = "The list is up to date and everybody was screened against it."

    def offenders(self, scope: Scope) -> Listed:
        """The list in force, when it is too old or not screened with."""
        item = sanctions.current()
        late = item.version_in_force and (
            _age(item, scope) > self.threshold(scope, "warn") or _is_unscreened(item, scope)
        )
        return Listed([item] if late else [])

    def measure(self, scope: Scope) -> Measure:
        """Days since it was loaded."""
        item = sanctions.current()
        if not item.version_in_force:
            return Measure(Counted(0), None, "no list was loaded yet: manage.py load_sanctions")
        days, unscreened = _age(item, scope), _is_unscreened(item, scope)
        loaded = f"loaded {said(days, self.unit)} ago"
        return Measure(
            count=self.offenders(scope).count(),
            gauge=days,
            says=f"{loaded}; not all customers were held against it" if unscreened else loaded,
            failed=unscreened,
        )


def _age(item: SanctionsList, scope: Scope) -> int:
    """Days on the bank's calendar since the list was loaded."""
    return (scope.today - bank_calendar().local(from_iso(item.loaded_at)).date()).days


def _is_unscreened(item: SanctionsList, scope: Scope) -> bool:
    return item.screened_version != item.version_in_force and _age(item, scope) > 1
