"""Rule 5: instruments bought for cash, to be entered into the log."""

from collections.abc import Mapping
from typing import Any

from accounts.instruments import instrument_of
from accounts.ledger import INSTRUMENT
from monitoring.activity import Activity
from monitoring.rulebook import MEDIUM, Answer, Customer, Hit, Side, Threshold, counted, day_text, rule

SOURCE = "31 CFR 1010.415"
LEAST = Threshold(
    "rule.instrument_log.least", "Bought for cash on one business day, from", "money", 300_000, SOURCE,
    100, 300_000, "USD minor",
)  # fmt: skip
MOST = Threshold(
    "rule.instrument_log.most", "Bought for cash on one business day, up to", "money", 1_000_000, SOURCE,
    1_000_000, 10**9, "USD minor",
)  # fmt: skip


@rule(
    "instrument_log",
    number=5,
    title="Instruments bought for cash",
    severity=MEDIUM,
    family="cash_reporting",
    source=SOURCE,
    parameters=[LEAST, MOST],
    incoming=False,
    types={INSTRUMENT},
)
def instrument_log(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """Cashier's checks, money orders and the like that one customer bought for cash on one business day come to an
    amount that must be recorded, both bounds included. Above it, the cash is reported by rule 1.
    """
    number, total = activity.bought.get(side.day, (0, 0))
    if not parameters[LEAST.code] <= total <= parameters[MOST.code]:
        return None
    sold = instrument_of(side.details)
    together = f", with this one {counted(number, 'sale')} of {side.money(total)}" if number > 1 else ""
    what = sold.name[:1].lower() + sold.name[1:] or "instrument"
    return Hit(
        value=total,
        threshold=parameters[LEAST.code],
        unit="money",
        sentence=(
            f"A {what} of {side.money(side.amount)} was bought for cash on {day_text(side.day)}{together}; "
            f"from {side.money(parameters[LEAST.code])} on the sale is recorded in the log."
        ),
        inputs={"amount": side.amount, "sum": total, "number": number, "serial": sold.serial or "not given"},
    )
