"""A third quarter of 2026 with its month-end sheets of deposits, customers, alerts and scores, by hand. Pure; cents."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from accounts import customer_sheet, deposit_sheet
from accounts.customer_sheet import CustomerRow
from accounts.deposit_sheet import DepositRow
from accounts.month_ends import SheetNumbers
from accounts.totals import DayTotals
from compliance import month_end as scores
from compliance.month_end import ScoreRow
from monitoring import alert_sheet
from monitoring.alert_sheet import AlertRow
from reporting.periods import Period, period_of
from reporting.tests.days import CALENDAR, Q3, movement, open_day, sealed

END = date(2026, 9, 30)


def a_deposit(id: str, owner: str, balance: int, **more: Any) -> DepositRow:
    """An open checking account of the main branch unless told otherwise."""
    values = {"product": "checking", "branch": "main", "segment": "retail", "opened_on": "2026-01-05", "own_on": ""}
    return DepositRow(id=id, owner=owner, balance=balance, **({"dormant": 0} | values | more))


def a_person(id: str, **more: Any) -> CustomerRow:
    """Somebody of whom nothing is known but where they are served."""
    nothing: dict[str, Any] = dict.fromkeys(CustomerRow._fields, "") | {"waiting": 0, "products": 1}
    place = {"segment": "retail", "branch": "main", "channel": "online", "registered_on": "2025-01-02"}
    return CustomerRow(**(nothing | place | more | {"id": id}))


def an_alert(id: str, opened: str, closed: str = "", outcome: str = "", **more: Any) -> AlertRow:
    """Opened at ten in the morning, closed at ten as well, due four days after opening."""
    values = {"rules": "structuring", "severity": "high", "reason": "", "due_at": f"{opened}T23:00:00Z"} | more
    return AlertRow(
        id=id, opened_on=opened, opened_at=f"{opened}T10:00:00+00:00", closed_on=closed,
        closed_at=f"{closed}T10:00:00+00:00" if closed else "", outcome=outcome, **values,
    )  # fmt: skip


def deposits() -> list[DepositRow]:
    """400.00: Ada 200.00 + 50.00, dormant the second; Ben 150.00."""
    return [
        a_deposit("1", "ada", 20_000),
        a_deposit("2", "ada", 5_000, product="savings", dormant=1),
        a_deposit("3", "ben", 15_000, branch="harbor", segment="business"),
    ]


def people() -> list[CustomerRow]:
    """Won in the third quarter: Ada (in 4 days, funded), Ben (in 10, not funded); Cy waits 58 days; Di of the second
    quarter left; Ed of a year ago stays and is active, Fay of the first quarter stays and is not."""
    return [
        a_person("ada", registered_on="2026-07-02", activated_on="2026-07-06", funded_on="2026-07-20",
                 own_on="2026-09-30", products=2),
        a_person("ben", registered_on="2026-09-01", activated_on="2026-09-11", channel="branch", own_on="2026-09-11"),
        a_person("cy", registered_on="2026-08-03", waiting=1, products=0),
        a_person("di", activated_on="2026-05-03", exited_on="2026-08-02", own_on="2026-08-02", products=0),
        a_person("ed", activated_on="2025-09-03", own_on="2026-08-31", products=3, branch="harbor"),
        a_person("fay", activated_on="2026-02-03", own_on="2026-03-01"),
    ]  # fmt: skip


def alerts() -> list[AlertRow]:
    """Opened in the quarter: two, one decided in time as confirmed (24 h); of June's two one is refuted late (72 h),
    one is still open; August's cash report came after 20 days."""
    return [
        an_alert("a", "2026-08-03", "2026-08-04", "confirmed", due_at="2026-08-05T00:00:00+00:00"),
        an_alert("b", "2026-06-29", "2026-07-02", "false_positive", due_at="2026-07-01T00:00:00+00:00",
                 rules="structuring velocity", severity="medium"),
        an_alert("c", "2026-06-30", rules="velocity"),
        an_alert("d", "2026-08-10", "2026-08-30", "confirmed", rules="ctr_aggregate", severity="critical",
                 reason="reportable", due_at=""),
    ]  # fmt: skip


def of_scores() -> list[ScoreRow]:
    """91 and 84 in the quarter; the 20 of June is not part of it."""
    return [ScoreRow("2026-06-30", 20), ScoreRow("2026-07-01", 91), ScoreRow("2026-09-30", 84)]


def a_sheet(code: str, rows: Sequence[Any], numbers: Counter[str]) -> SheetNumbers:
    """The sheet that the rows make."""
    return SheetNumbers(code, END.isoformat(), "USD", len(rows), "h", numbers, Counter(), partial(iter, rows))


def sheets() -> dict[str, SheetNumbers]:
    """All four."""
    return {
        "deposits": a_sheet("deposits", deposits(), deposit_sheet.fold(deposits())),
        "customers": a_sheet("customers", people(), customer_sheet.fold(people(), END)),
        "alerts": a_sheet("alerts", alerts(), alert_sheet.fold(alerts(), END)),
        "compliance": a_sheet("compliance", of_scores(), scores.fold(of_scores(), END)),
    }


def the_period(*, with_sheets: bool = True) -> Period:
    """The quarter, closed; 400.00 came on its last day."""
    day = open_day(END)
    movement(day, 40_000)
    days: list[DayTotals] = sealed([open_day(date(2026, 6, 30)), day])
    if with_sheets:
        days[-1].sheets = sheets()
    return period_of(Q3, "USD", days, CALENDAR)
