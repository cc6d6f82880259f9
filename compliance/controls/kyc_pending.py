"""Customers who have an account although nobody has verified who they are."""

from datetime import timedelta

from accounts.models import User
from accounts.models.people import KYC_PENDING
from cloudbank.roles import Role
from compliance.control import Control, Framework, Measure, Scope, control
from compliance.drill import customer_columns
from compliance.queries.selections import CAP_OF_PEOPLE, Selected, Selection


@control("kyc-pending")
class KycPending(Control):
    """Identity verified within a reasonable time after the account is opened."""

    title = "Identity waits for verification"
    framework = Framework.KYC
    obligation = (
        "The bank verifies the identity of each customer within a reasonable time after the account is opened, "
        "and forms a reasonable belief that it knows who they are."
    )
    source = "31 CFR 1020.220(a)(2)(ii); FFIEC manual, Customer Identification Program"
    counts = ("customer", "customers")
    gauge_label = "Longest wait since registration"
    unit = ("day", "days")
    formula = (
        "Customers with an account whose identity is not verified, longer after registering than the first threshold "
        "allows. The meter shows the one who waits longest."
    )
    warn = 5
    breach = 30
    weight = 3
    owner = Role.COMPLIANCE
    columns = customer_columns("Registered", "registered_on")
    empty_text = "Every customer with an account was verified in time."

    def offenders(self, scope: Scope) -> Selected:
        """Filed by the day they registered, so the oldest stand first."""
        before = (scope.today - timedelta(days=self.threshold(scope, "warn"))).isoformat()
        late = User.review_date < before
        return Selected(
            [Selection(User, "by_review_date", KYC_PENDING, late, User.first_account_on > "")], cap=CAP_OF_PEOPLE
        )

    def measure(self, scope: Scope) -> Measure:
        """The longest wait among them; of all customers who wait."""
        late = self.offenders(scope)
        number, oldest = late.count(), late.first()
        waiting = (
            number
            if number.more
            else Selected([Selection(User, "by_review_date", KYC_PENDING)], cap=CAP_OF_PEOPLE).count()
        )
        return Measure(
            count=number,
            gauge=scope.age(oldest.registered_on) if oldest else 0,
            says=f"the first one registered {scope.age(oldest.registered_on)} days ago"
            if oldest
            else "nobody waits long",
            of=waiting,
            of_label="customers whose identity is pending",
        )
