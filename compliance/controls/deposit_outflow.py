"""How fast deposits leave the bank."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.urls import reverse

from accounts.prudential import share
from cloudbank.conf import bank_calendar
from cloudbank.lists import Column
from cloudbank.roles import Role
from cloudbank.wording import day as day_in_words
from compliance.control import BASIS_POINTS, Control, Framework, Measure, Scope, control, percent
from compliance.prudential_control import NOTHING_SEALED, books_of, not_counted
from compliance.queries.sealed import sealed
from compliance.queries.selections import Listed

DAYS = 7


@dataclass(frozen=True)
class Fall:
    """A business day at whose end there were less deposits than at the end of the one before it. Minor units."""

    day: date
    change: int
    deposits: int

    @property
    def currency(self) -> str:
        """The bank's own."""
        return str(settings.BANK_CURRENCY)


@control("deposit-outflow")
class DepositOutflow(Control):
    """A run is seen while it begins."""

    title = "Deposits leaving in a week"
    framework = Framework.PRUDENTIAL
    obligation = "The bank watches the run-off of its deposits and acts on its contingency funding plan in time."
    source = "Interagency Policy Statement on Funding and Liquidity, 75 FR 13656; 12 CFR 249.32 (outflow amounts)"
    counts = ("day of net outflow", "days of net outflow")
    gauge_label = "Deposits less than a week before"
    unit = BASIS_POINTS
    formula = (
        "(Deposits at the end of the day a week before the last closed one - deposits at the end of the last closed "
        "day) / the former; 0 when they grew. The rows are the business days on which they fell."
    )
    warn = 500
    breach = 1000
    weight = 2
    owner = Role.MANAGER
    columns = (
        Column(
            "day",
            "Business day",
            "date",
            main=True,
            link=lambda row: f"{reverse('movements')}?day={row.day.isoformat()}",
        ),
        Column("change", "Change", "money", currency="currency"),
        Column("deposits", "Deposits at its end", "balance", currency="currency"),
    )
    empty_text = "Deposits did not fall on any day of the week."

    def _ends(self, scope: Scope) -> list[tuple[date, int]]:
        """(closed day, deposits) from a week before the last closed day to it; read once for count and rows."""

        def read() -> list[tuple[date, int]]:
            books, calendar = books_of(scope), bank_calendar()
            if books is None:
                return []
            first = calendar.on_or_before(books.day - timedelta(days=DAYS))
            found = sealed(list(calendar.days(first, books.day)))
            return [(day, found[day].end.get("deposits", 0)) for day in sorted(found)]

        return scope.once("deposit_ends", read)

    def offenders(self, scope: Scope) -> Listed:
        """Oldest first."""
        ends = self._ends(scope)
        pairs = zip(ends, ends[1:], strict=False)
        return Listed([Fall(day, now - before, now) for (_, before), (day, now) in pairs if now < before])

    def measure(self, scope: Scope) -> Measure:
        """The fall over the week."""
        ends = self._ends(scope)
        if not ends:
            return not_counted(NOTHING_SEALED)
        (since, before), (_, now) = ends[0], ends[-1]
        ratio = share(max(0, before - now), before)
        falls = self.offenders(scope).count()
        if ratio is None or len(ends) < 2:
            return Measure(falls, None, "There is nothing of a week before to compare with.")
        return Measure(falls, ratio, f"{percent(ratio)} less than at the end of {day_in_words(since)}")
