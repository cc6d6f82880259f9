"""Customers of high risk whose enhanced review is past its date."""

from datetime import date

from cloudbank.lists import Column
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.drill import kyc_url
from compliance.kyc.queries import high_risk
from compliance.queries.selections import Selected


@control("kyc-enhanced")
class KycEnhanced(Control):
    """Enhanced diligence where the risk is high."""

    title = "High-risk customers without enhanced review"
    framework = Framework.KYC
    obligation = (
        "Customers of higher risk are looked at with enhanced diligence (source of funds, activity against what is "
        "expected, owners) when they become so and at least every year."
    )
    source = "31 CFR 1020.210(a)(2)(v); FFIEC manual, Customer Due Diligence; FATF Recommendations 10, 12 and 19"
    counts = ("customer", "customers")
    gauge_label = "Longest past its date"
    unit = ("day", "days")
    formula = (
        "Verified customers of high risk whose enhanced review is due: a year after the last one, or so many days "
        "after they became high risk (parameter kyc.enhanced_days). The meter shows the one that waits longest."
    )
    warn = 0
    breach = 30
    weight = 4
    columns = (
        Column("name", "Customer", main=True, link=lambda one: kyc_url(one.user_id), note="user_id"),
        Column("risk_rating", "Risk", "severity"),
        Column("enhanced", "Enhanced review due", "date", value=lambda one: date.fromisoformat(one.owner_order[:10])),
    )
    empty_text = "Every customer of high risk has had the enhanced review."

    def offenders(self, scope: Scope) -> Selected:
        """Filed by the date of the enhanced review, so the oldest stand first."""
        return high_risk(scope.today)

    def measure(self, scope: Scope) -> Measure:
        """Days that the oldest is past its date; of all verified customers of high risk."""
        late = self.offenders(scope)
        oldest = late.first()
        days = scope.age(oldest.owner_order) if oldest else 0
        return Measure(
            count=late.count(),
            gauge=days,
            says=f"the oldest is {said(days, self.unit)} past its date" if oldest else "all are reviewed",
            of=high_risk().count(),
            of_label="verified customers of high risk",
        )
