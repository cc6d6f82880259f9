"""Customers whose periodic review is due or past its date."""

from datetime import timedelta

from accounts.models import User
from accounts.models.people import KYC_REVIEW
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.drill import customer_columns
from compliance.queries.selections import CAP_OF_PEOPLE, Selected, Selection


@control("kyc-reviews")
class KycReviews(Control):
    """Reviews on time, by the risk of the customer."""

    title = "Customer reviews due"
    framework = Framework.KYC
    obligation = (
        "Customer information is kept up to date, on a risk basis: the bank reviews each customer by the date their "
        "risk rating sets."
    )
    source = "31 CFR 1020.210(a)(2)(v)(B); review cycle 1, 3, 5 years by risk (industry norm; EU AMLR art. 26(2))"
    counts = ("review", "reviews")
    gauge_label = "Longest past its date"
    unit = ("day", "days")
    formula = (
        "Verified customers whose review date is today or earlier. The meter shows how far the oldest is past its date."
    )
    warn = 0
    breach = 30
    weight = 3
    columns = customer_columns("Review due", "kyc_review_on")
    empty_text = "No review has come due."

    def offenders(self, scope: Scope) -> Selected:
        """Filed by review date, so the oldest stand first."""
        tomorrow = (scope.today + timedelta(days=1)).isoformat()
        return Selected([Selection(User, "by_review_date", KYC_REVIEW, User.review_date < tomorrow)], cap=CAP_OF_PEOPLE)

    def measure(self, scope: Scope) -> Measure:
        """Days that the oldest is past its date; of the reviews of the next 30 days and before."""
        due = self.offenders(scope)
        number, oldest = due.count(), due.first()
        ahead = (scope.today + timedelta(days=31)).isoformat()
        soon = Selected([Selection(User, "by_review_date", KYC_REVIEW, User.review_date < ahead)], cap=CAP_OF_PEOPLE)
        late = scope.age(oldest.review_date) if oldest else 0
        return Measure(
            count=number,
            gauge=late,
            says=f"the oldest is {said(late, self.unit)} past its date" if oldest else "no review is due",
            of=number if number.more else soon.count(),
            of_label="reviews due within 30 days or before",
        )
