"""Corrective actions on the clocks of suspicious activity reports, past their due date: apart, for who may know."""

from compliance.control import control
from compliance.controls.actions_overdue import ActionsOverdue
from compliance.filings.life import VIEW
from compliance.filings.terms import SAR


@control("sar-actions-overdue")
class ReportActionsOverdue(ActionsOverdue):
    """The same promise for the weaknesses that not everybody may know of."""

    title = "Corrective actions on suspicious activity reports overdue"
    formula = (
        "Corrective actions that were opened from a control on suspicious activity reports, are not closed, and whose "
        "due date has passed. Nobody else's count holds them."
    )
    weight = 1
    permission = VIEW[SAR]
