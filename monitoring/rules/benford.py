"""Rule 26: first digits that no natural amounts have."""

from collections.abc import Mapping
from math import log10
from typing import Any

from monitoring.activity import Activity
from monitoring.rulebook import LOW, SUPPORT_DAYS, Answer, Customer, Hit, Side, Threshold, rule

SOURCE = "Tazama rules 054 and 063"
CHI = Threshold(
    "rule.benford.chi",
    "Chi-square from (thousandths; 8 degrees of freedom, 5 %)",
    "int",
    15_507,
    SOURCE,
    1_000,
    100_000,
)
COUNT = Threshold("rule.benford.count", "Amounts needed", "int", 50, SOURCE, 20, 10_000)
EXPECTED = tuple(log10(1 + 1 / digit) for digit in range(1, 10))


@rule(
    "benford",
    number=26,
    title="Unnatural first digits",
    severity=LOW,
    family="amounts",
    source=SOURCE,
    parameters=[CHI, COUNT, SUPPORT_DAYS],
    alone=False,
)
def benford(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """The first digits of the customer's amounts differ from Benford's law. One person's rent and wages do so by
    nature, so it only raises the score of another rule's alert.
    """
    number = sum(activity.digits)
    if number < parameters[COUNT.code]:
        return None
    chi = chi_square(activity.digits, number)
    if chi * 1000 < parameters[CHI.code]:
        return None
    limit = parameters[CHI.code] / 1000
    return Hit(
        value=round(chi, 1),
        threshold=limit,
        unit="count",
        sentence=(
            f"The first digits of {number} amounts of this customer differ from Benford's law: chi-square {chi:.1f}, "
            f"and from {limit:g} on it is no chance."
        ),
        inputs={"amounts": number, "digits": " ".join(map(str, activity.digits))},
        days=35,
    )


def chi_square(digits: list[int], number: int) -> float:
    """How far counts of first digits lie from those that Benford's law expects."""
    return sum([(seen - number * share) ** 2 / (number * share) for seen, share in zip(digits, EXPECTED, strict=True)])
