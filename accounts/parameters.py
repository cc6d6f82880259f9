"""What the bank can adjust about accounts: limits, rates, fees, delays."""

from datetime import datetime

from django.conf import settings

from accounts.limits import Limits
from accounts.loans.state import BUCKET_NAMES
from accounts.models.people import HIGH, LOW, MEDIUM, VERIFIED
from cloudbank import parameters
from cloudbank.parameters import Parameter, declare

POLICY = "Bank policy"
_MOST = 10**12

MOVEMENT = declare(Parameter("limit.movement", "Own movement, verified", "money", 5_000_000, POLICY, 100, _MOST))
DAY = declare(Parameter("limit.day", "Own movements a day, verified", "money", 10_000_000, POLICY, 100, _MOST))
UNVERIFIED_MOVEMENT = declare(
    Parameter("limit.unverified_movement", "Own movement, not verified", "money", 100_000, POLICY, 100, _MOST)
)
UNVERIFIED_DAY = declare(
    Parameter("limit.unverified_day", "Own movements a day, not verified", "money", 200_000, POLICY, 100, _MOST)
)
SAVINGS_RATE = declare(
    Parameter(
        "interest.savings",
        "Interest on savings a year",
        "int",
        150,
        "Bank policy; 12 CFR 1030.7 (daily balance method, Actual/365)",
        0,
        5_000,
        "bp",
    )
)
DORMANT_AFTER = declare(
    Parameter(
        "dormant.days", "Days without an own movement until an account is dormant", "days", 180, POLICY, 30, 3_650
    )
)
HOLD_DAYS = declare(Parameter("hold.days", "Days until a hold expires", "days", 7, POLICY, 1, 60))
REVIEW_DAYS = declare(
    Parameter("hold.review_days", "Business days in which a held movement is decided", "days", 3, POLICY, 1, 30)
)
REVIEW_ALONE = declare(
    Parameter(
        "hold.review_alone",
        "Held movement that one person releases alone, at most",
        "money",
        1_000_000,
        "bank policy: dual control (FDIC RMS manual, section 4.2)",
        0,
        _MOST,
    )
)
LOAN_FEE_MOST = declare(Parameter("fee.loan_most", "Fee on a loan, at most", "money", 25_000, POLICY, 0, _MOST))
LOAN_FEES_MOST = declare(
    Parameter("fee.loan_total", "Fees that one loan bears in all, at most", "money", 100_000, POLICY, 0, _MOST)
)
LATE_FEE = declare(Parameter("loan.late_fee", "Late fee of a missed instalment", "money", 2_500, POLICY, 0, 100_000))
LATE_FEE_GRACE = declare(
    Parameter(
        "loan.late_fee_grace_days",
        "Days after its due date until a missed instalment bears the late fee",
        "days",
        15,
        "Bank policy; no late fee on late fees (16 CFR 444.4)",
        1,
        60,
    )
)
_PROVISION_RATES = dict(zip(BUCKET_NAMES, (100, 500, 2_000, 4_000, 7_000, 10_000, 10_000), strict=True))
PROVISION = {
    bucket: declare(
        Parameter(
            f"loan.provision.{bucket}",
            f"Provision for loans in the bucket {bucket} (days past due), of their principal",
            "int",
            rate,
            "Bank policy; loss rates by age as in ASC 326-20-55-37 (ageing schedule)",
            0,
            10_000,
            "bp",
        )
    )
    for bucket, rate in _PROVISION_RATES.items()
}
"""Basis points of the whole balance, by past-due bucket; sealed with each month end's loans sheet."""
FEE_FREE_FROM = declare(
    Parameter("fee.free_from", "Balance from which no monthly fee is due", "money", 50_000, POLICY, 0, _MOST)
)
MONTHLY_FEE = declare(
    Parameter("fee.checking_monthly", "Monthly fee of a checking account", "money", 0, POLICY, 0, 10_000)
)

REVIEW_YEARS = {LOW: 5, MEDIUM: 3, HIGH: 1}
"""How long a verified identity stands before it is looked at again, by the customer's risk: the bank's first policy."""
_REVIEWED = {
    rating: declare(
        Parameter(
            f"kyc.review_years.{rating}",
            f"Years until the next review of a customer of {rating} risk",
            "int",
            years,
            "Industry norm 1, 3, 5 years; EU AMLR 2024/1624 art. 26(2): at most 1 for high risk, 5 for others; "
            "31 CFR 1020.210(a)(2)(v)",
            1,
            1 if rating == HIGH else 5,
            "years",
        )
    )
    for rating, years in REVIEW_YEARS.items()
}
SECOND_PERSON = declare(
    Parameter(
        "kyc.second_person",
        "Customers whose identity is verified by two people",
        "choice",
        HIGH,
        "Bank policy; senior approval of high-risk customers (FATF Recommendation 12, EU AMLR 2024/1624 art. 42)",
        choices=((HIGH, "Of high risk"), (MEDIUM, "Of medium and high risk"), (LOW, "All")),
    )
)


def review_years(rating: str, now: datetime) -> int:
    """Years until the next review; an unknown rating counts as high."""
    return parameters.snapshot(now).number(_REVIEWED.get(rating, _REVIEWED[HIGH]).code)


def asks_second_person(rating: str, now: datetime) -> bool:
    """Whether two people verify a customer of this rating; an unknown rating counts as high."""
    ranks = (LOW, MEDIUM, HIGH)
    rank = ranks.index(rating) if rating in ranks else ranks.index(HIGH)
    return rank >= ranks.index(str(parameters.snapshot(now)[SECOND_PERSON.code]))


def limits_of(kyc_status: str, now: datetime) -> Limits:
    """The limits in force for a customer."""
    values, verified = parameters.snapshot(now), kyc_status == VERIFIED
    movement, day = (MOVEMENT, DAY) if verified else (UNVERIFIED_MOVEMENT, UNVERIFIED_DAY)
    own = settings.BANK_CURRENCY
    return Limits(values.money(movement.code, own), values.money(day.code, own), verified, own)
