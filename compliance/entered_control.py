"""What controls over entered figures share: the ratio of the latest day, and the amounts behind it as rows."""

from typing import ClassVar

from cloudbank.roles import Role
from cloudbank.wording import day as day_in_words
from compliance.control import BASIS_POINTS, Control, Framework, Measure, Scope, percent, said
from compliance.prudential.models import AMOUNTS, PrudentialFigures
from compliance.prudential.reading import newest_figures
from compliance.prudential_control import FigureLine, figure_columns, not_counted
from compliance.queries.selections import Listed
from compliance.score import Direction

NONE_ENTERED = "Nobody has entered figures yet: see the prudential panel."


def latest(scope: Scope) -> PrudentialFigures | None:
    """The figures of the latest day, read once for all controls of a moment."""
    return scope.once("figures", newest_figures)


class EnteredRatio(Control):
    """A ratio of figures that people enter: it must not fall below its thresholds."""

    framework = Framework.PRUDENTIAL
    counts = ("entered figure", "entered figures")
    unit = BASIS_POINTS
    direction = Direction.AT_LEAST
    owner = Role.MANAGER
    weight = 3
    columns = figure_columns("prudential")
    empty_text = "No figures were entered."
    ratio: ClassVar[str]
    """Its name among PrudentialFigures.ratios."""
    parts: ClassVar[tuple[str, ...]]
    """The amounts that it is made of."""
    missing: ClassVar[str] = "The figures that were entered do not give this ratio."

    def offenders(self, scope: Scope) -> Listed:
        """The amounts, with who entered them."""
        item = latest(scope)
        if item is None or item.ratios[self.ratio] is None:
            return Listed()
        note = f"entered by {item.entered_name}: {item.note}"
        return Listed([FigureLine(AMOUNTS[name], getattr(item, name), note, item.day) for name in self.parts])

    def measure(self, scope: Scope) -> Measure:
        """The ratio as of the latest day."""
        item = latest(scope)
        if item is None:
            return not_counted(NONE_ENTERED)
        ratio = item.ratios[self.ratio]
        if ratio is None:
            return not_counted(self.missing)
        age = said(scope.age(item.as_of), ("day", "days"))
        says = f"{percent(ratio)} as of {day_in_words(item.day)}, {age} ago, entered by {item.entered_name}"
        return Measure(self.offenders(scope).count(), ratio, says)
