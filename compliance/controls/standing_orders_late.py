"""Standing orders whose evening has passed without a try."""

from datetime import date

from django.conf import settings

from accounts.models.standing import StandingOrder
from cloudbank.clock import ONE_DAY
from cloudbank.conf import bank_calendar
from cloudbank.lists import Column
from cloudbank.roles import Role
from cloudbank.tables import TransactionsItem
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.drill import person_url
from compliance.queries.selections import Selected, Selection


@control("standing-orders-late")
class StandingOrdersLate(Control):
    """What a customer has ordered in advance is carried out on its day."""

    title = "Standing orders not carried out"
    framework = Framework.LEDGER
    obligation = (
        "Preauthorised transfers are made in the right amount and on the agreed day; the bank answers for the damage "
        "of one it fails to make."
    )
    source = "15 USC 1693h; 12 CFR 1005.10, 1005.11(a)"
    counts = ("standing order", "standing orders")
    gauge_label = "Longest past its evening"
    unit = ("business day", "business days")
    formula = (
        "Active standing orders whose business day is over, with the evening to carry them out, and that nobody tried: "
        "the end of day did not reach them. "
        "Without money an order moves on to its next day and is told to its owner, so it does not stand here."
    )
    warn = 1
    breach = 3
    weight = 2
    owner = Role.MANAGER
    columns = (
        Column("owner_id", "Customer", main=True, link=lambda item: person_url(item.owner_id)),
        Column("amount", "Amount", "balance", currency="currency"),
        Column("run_on", "Business day", "date", value=lambda item: date.fromisoformat(item.run_on)),
    )
    empty_text = "Every standing order was tried on its day."

    def offenders(self, scope: Scope) -> Selected:
        """The longest late first."""
        grace = bank_calendar().on_or_before(scope.business_day - ONE_DAY)
        over = TransactionsItem.worklist_order < grace.isoformat()
        group = StandingOrder.worklist_of(settings.BANK_CURRENCY)
        return Selected([Selection(StandingOrder, "worklist", group, over, keys_only=True)])

    def measure(self, scope: Scope) -> Measure:
        """Business days since the oldest one's evening."""
        late = self.offenders(scope)
        number, oldest = late.count(), late.first()
        if oldest is None:
            return Measure(number, 0, "all were tried on their day")
        days = sum(1 for _ in bank_calendar().days(date.fromisoformat(oldest.run_on), scope.business_day)) - 1
        return Measure(number, days, f"the oldest is {said(days, self.unit)} late")
