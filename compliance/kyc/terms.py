"""The policy of rating, reviews and owners as parameters: each number with a date, bounds and a source."""

from datetime import datetime

from django.conf import settings

from cloudbank import parameters
from cloudbank.parameters import Parameter, Snapshot, declare
from compliance.kyc.rating import LABELS, POINTS, WORDS, Terms
from monitoring.rules.high_risk_country import BLACK, GREY

SOURCE = "Bank policy; factors: FFIEC BSA/AML manual (Customer Risk Profile), EBA/GL/2021/02"
_POINTS = {
    (factor, value): declare(
        Parameter(
            f"kyc.points.{factor}.{value}",
            f"Points of risk: {LABELS[factor].lower()}, {WORDS[factor][value][:1].lower()}{WORDS[factor][value][1:]}",
            "int",
            points,
            SOURCE,
            0,
            100,
            "points",
        )
    )
    for factor, values in POINTS.items()
    for value, points in values.items()
}
MEDIUM_FROM = declare(Parameter("kyc.medium_from", "Medium risk from", "int", 25, SOURCE, 1, 500, "points"))
HIGH_FROM = declare(Parameter("kyc.high_from", "High risk from", "int", 50, SOURCE, 1, 500, "points"))
HOME = declare(Parameter("kyc.home", "Countries that count as home", "countries", "US", SOURCE))
LARGE_FROM = declare(
    Parameter("kyc.turnover.large", "Expected a month, first band from", "money", 2_500_000, SOURCE, 100, 10**12)
)
VERY_LARGE_FROM = declare(
    Parameter("kyc.turnover.very_large", "Expected a month, second band from", "money", 10_000_000, SOURCE, 100, 10**12)
)
ENHANCED_DAYS = declare(
    Parameter(
        "kyc.enhanced_days",
        "Days for the enhanced review of a customer who becomes high risk",
        "days",
        30,
        "Bank policy; FFIEC BSA/AML manual (Customer Due Diligence: higher-risk customers)",
        1,
        180,
    )
)
OWNER_PERCENT = declare(
    Parameter(
        "kyc.owner_percent",
        "Owners of a company are named from this share on",
        "percent",
        25,
        "31 CFR 1010.230(d)(1); EU AMLR 2024/1624 art. 52",
        1,
        25,
    )
)
PROOF_DAYS = declare(
    Parameter(
        "kyc.paper_soon_days", "Days ahead in which an expiring identity paper is shown", "days", 60, "Bank policy",
        0, 365,
    )
)  # fmt: skip


def terms_of(now: datetime) -> Terms:
    """The policy in force at an instant."""
    return terms_in(parameters.snapshot(now))


def terms_in(values: Snapshot) -> Terms:
    """The policy of these values."""
    own = settings.BANK_CURRENCY
    points: dict[str, dict[str, int]] = {}
    for (factor, value), parameter in _POINTS.items():
        points.setdefault(factor, {})[value] = values.number(parameter.code)
    return Terms(
        points=points,
        medium_from=values.number(MEDIUM_FROM.code),
        high_from=values.number(HIGH_FROM.code),
        home=_codes(values, HOME.code),
        grey=_codes(values, GREY.code),
        black=_codes(values, BLACK.code),
        large_from=values.money(LARGE_FROM.code, own),
        very_large_from=values.money(VERY_LARGE_FROM.code, own),
    )


def _codes(values: Snapshot, code: str) -> frozenset[str]:
    return frozenset(one.strip() for one in str(values[code]).split(",") if one.strip())
