"""Rule 19: a first payment that takes much of the balance."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from monitoring.activity import Activity
from monitoring.rulebook import HIGH, MEDIUM, NOT_EVALUABLE, Answer, Customer, Hit, Side, Threshold, rule

SOURCE = "Tazama rules 028, 030, 044 and 045"
SHARE = Threshold("rule.new_payee.share", "Share of the balance", "percent", 50, SOURCE, 1, 100)
LEAST = Threshold("rule.new_payee.least", "The payment is at least", "money", 200_000, SOURCE, 0, 100_000_000)
AGE = Threshold("rule.new_payee.age", "High from this age of the customer on (years)", "int", 65, SOURCE, 18, 150)


@rule(
    "new_payee",
    number=19,
    title="First large payment to a new payee",
    severity=MEDIUM,
    family="new_payee",
    source=SOURCE,
    parameters=[SHARE, LEAST, AGE],
    incoming=False,
    cash=False,
)
def new_payee(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """The first payment ever to somebody, and it takes a large part of the balance; more severe for the old. Who
    is paid at another bank is not known here, so wires cannot be judged.
    """
    balance = side.balance_before
    if side.amount < parameters[LEAST.code] or side.amount * 100 < parameters[SHARE.code] * balance:
        return None
    if not side.counterparty:
        return NOT_EVALUABLE if side.channel == "wire" else None
    if not activity.is_first_payment(side.counterparty, side.at):
        return None
    age = years_old(customer.date_of_birth if customer else "", side.day)
    old = age is not None and age >= parameters[AGE.code]
    taken = (
        f"{side.amount * 100 // balance} % of the balance of {side.money(balance)}" if balance > 0 else "all there was"
    )
    who = f"; the customer is {age} years old" if old else ""
    return Hit(
        value=side.amount,
        threshold=parameters[LEAST.code],
        unit="money",
        severity=HIGH if old else MEDIUM,
        sentence=f"{side.money(side.amount)} went to a payee never paid before: {taken}{who}.",
        inputs={"amount": side.amount, "balance": balance},
    )


def years_old(born: str, day: int) -> int | None:
    """Age in full years on a business day; None when the date of birth is not known."""
    if not born:
        return None
    birth, today = date.fromisoformat(born), date.fromordinal(day)
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
