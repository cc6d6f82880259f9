"""How much of the deposits lies with the twenty largest depositors."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from accounts.deposit_sheet import LARGEST
from accounts.prudential import share
from accounts.queries.month_ends import month_end, rows
from accounts.queries.people import users
from cloudbank.lists import Column, Page
from cloudbank.roles import Role
from cloudbank.wording import day as day_in_words
from compliance.control import BASIS_POINTS, Control, Framework, Measure, Scope, control, percent
from compliance.drill import person_url
from compliance.prudential_control import not_counted
from compliance.queries.sealed import last_month_end, month_numbers
from compliance.queries.selections import Counted

SHEET, MOST = "deposits", LARGEST[-1]


@dataclass(frozen=True)
class Depositor:
    """A person with the credit balances of all their accounts together, minor units."""

    user_id: str
    name: str
    amount: int

    @property
    def currency(self) -> str:
        """The bank's own."""
        return str(settings.BANK_CURRENCY)


@dataclass(frozen=True)
class Largest:
    """The largest depositors of a month end. Counted from its numbers; the sheet's rows are read for the page only."""

    day: date | None
    number: int

    def count(self) -> Counted:
        """How many: twenty, or as many as there are."""
        return Counted(self.number)

    def page(self, cursor: object, limit: int) -> Page:
        """By amount, the largest first."""
        start = int(str(cursor or 0))
        found = self._found()[start : start + limit]
        people = users({user_id for user_id, _ in found})
        end = start + limit
        named = [Depositor(key, people[key].name if key in people else key, amount) for key, amount in found]
        return Page(named, end if end < self.number else None)

    def _found(self) -> list[tuple[str, int]]:
        item = month_end(self.day, settings.BANK_CURRENCY, SHEET) if self.day else None
        owners: Counter[str] = Counter()
        for row in rows(item) if item else ():
            owners[row.owner] += row.credit
        return owners.most_common(self.number)


@control("top-depositors")
class TopDepositors(Control):
    """The bank does not hang on a few depositors."""

    title = "Share of the 20 largest depositors"
    framework = Framework.PRUDENTIAL
    obligation = "The bank identifies and limits funding that hangs on few providers."
    source = "Interagency Policy Statement on Funding and Liquidity, 75 FR 13656; BCBS 238 (concentration of funding)"
    counts = ("depositor", "depositors")
    gauge_label = "Their share of deposits"
    unit = BASIS_POINTS
    formula = (
        "Credit balances of the 20 people who have most, all their accounts together / deposits, at the last month "
        "end; the rows are these people."
    )
    warn = 2_500
    breach = 4_000
    weight = 1
    owner = Role.MANAGER
    columns = (
        Column("name", "Depositor", main=True, link=lambda row: person_url(row.user_id), note="user_id"),
        Column("amount", "Deposits", "balance", currency="currency"),
    )
    empty_text = "No month end is sealed yet."

    def offenders(self, scope: Scope) -> Largest:
        """Of the last month end."""
        day = last_month_end()
        numbers = month_numbers(day, SHEET) if day else None
        return Largest(day, min(MOST, numbers["depositors"]) if numbers else 0)

    def measure(self, scope: Scope) -> Measure:
        """Their share."""
        found = self.offenders(scope)
        numbers = month_numbers(found.day, SHEET) if found.day else None
        if found.day is None or numbers is None:
            return not_counted("No month end is sealed yet: the first sheet of deposits comes with one.")
        ratio = share(numbers[f"top_{MOST}"], numbers["deposits"])
        if ratio is None:
            return Measure(found.count(), None, "The bank held no deposits.")
        return Measure(found.count(), ratio, f"{percent(ratio)} of deposits at the end of {day_in_words(found.day)}")
