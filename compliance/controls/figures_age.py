"""How old the entered capital figures are."""

from cloudbank.roles import Role
from cloudbank.wording import day as day_in_words
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.entered_control import NONE_ENTERED, latest
from compliance.prudential.models import AMOUNTS
from compliance.prudential_control import FigureLine, figure_columns, not_counted
from compliance.queries.selections import Counted, Listed


@control("figures-age")
class FiguresAge(Control):
    """Capital figures are those of the last quarter."""

    title = "Capital figures out of date"
    framework = Framework.PRUDENTIAL
    obligation = "Capital ratios are computed at least each quarter and reported within 30 days after its end."
    source = "12 USC 1817(a); 12 CFR 304.3 (call reports); 12 CFR 324.403"
    counts = ("figure out of date", "figures out of date")
    gauge_label = "Age of the latest figures"
    unit = ("day", "days")
    formula = (
        "Calendar days since the day that the latest entered figures are of; the rows are these figures once they are "
        "older than the first threshold."
    )
    warn = 100
    breach = 122
    weight = 1
    owner = Role.MANAGER
    columns = figure_columns("prudential")
    empty_text = "The latest figures are of the last quarter."

    def offenders(self, scope: Scope) -> Listed:
        """The figures, when they are too old."""
        item = latest(scope)
        if item is None or scope.age(item.as_of) <= self.threshold(scope, "warn"):
            return Listed()
        named = [(name, getattr(item, name)) for name in AMOUNTS]
        return Listed([FigureLine(AMOUNTS[name], amount, day=item.day) for name, amount in named if amount])

    def measure(self, scope: Scope) -> Measure:
        """Their age."""
        item = latest(scope)
        if item is None:
            return not_counted(NONE_ENTERED)
        age = scope.age(item.as_of)
        number = Counted(len(self.offenders(scope).rows))
        return Measure(number, age, f"of {day_in_words(item.day)}, {said(age, self.unit)} ago")
