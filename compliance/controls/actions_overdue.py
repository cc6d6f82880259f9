"""Corrective actions past their due date."""

from django.urls import reverse

from cloudbank.lists import Column
from cloudbank.tables import TransactionsItem
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.models import PRIORITIES, actions_group
from compliance.queries.selections import Selected, Selection


@control("actions-overdue")
class ActionsOverdue(Control):
    """Weaknesses that were found are mended by the date that was promised."""

    title = "Corrective actions overdue"
    framework = Framework.AML
    obligation = "Management corrects the deficiencies that testing and monitoring find, in time, and tracks it."
    source = "12 CFR 21.21(d)(2); FFIEC manual, BSA/AML Independent Testing"
    counts = ("action", "actions")
    gauge_label = "Longest past its due date"
    unit = ("day", "days")
    formula = (
        "Corrective actions that are not closed and whose due date has passed. Those that were opened from a control "
        "which not everybody may see stand in one of their own."
    )
    warn = 0
    breach = 30
    weight = 2
    columns = (
        Column(
            "title",
            "Action",
            main=True,
            link=lambda item: reverse("action", args=[item.transaction_id]),
            note="owner_name",
        ),
        Column("priority", "Priority", value=lambda item: PRIORITIES.get(item.priority, "")),
        Column("due", "Due", "date"),
        Column("status", "Status", "badge"),
    )
    empty_text = "No corrective action is past its due date."

    def offenders(self, scope: Scope) -> Selected:
        """By priority, then by due date."""
        return Selected([self._late(priority, scope) for priority in PRIORITIES])

    def _late(self, priority: int, scope: Scope) -> Selection:
        until_today = TransactionsItem.worklist_order.between(f"{priority}#", f"{priority}#{scope.today.isoformat()}")
        return Selection(TransactionsItem, "worklist", actions_group(self.permission), until_today, keys_only=True)

    def measure(self, scope: Scope) -> Measure:
        """Days that the oldest is past its date; of all that are not closed."""
        number = self.offenders(scope).count()
        firsts = [Selected([self._late(priority, scope)]).first() for priority in PRIORITIES] if number.number else []
        late = max([scope.age(item.due_on) for item in firsts if item], default=0)
        return Measure(
            count=number,
            gauge=late,
            says=f"the oldest is {said(late, self.unit)} past its date" if late else "all open actions are in time",
            of=Selected([Selection(TransactionsItem, "worklist", actions_group(self.permission))]).count(),
            of_label="actions that are not closed",
        )
