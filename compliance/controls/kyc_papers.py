"""Customers whose identity paper has expired since it was checked."""

from datetime import date

from cloudbank.lists import Column
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.drill import kyc_url
from compliance.kyc.queries import lapsed
from compliance.queries.selections import Counted, Listed


@control("kyc-papers")
class KycPapers(Control):
    """The identity paper in the file is one that still holds."""

    title = "Identity papers expired"
    framework = Framework.KYC
    obligation = (
        "The bank keeps a description of the document on which it relied to verify a customer, and keeps customer "
        "information up to date on a risk basis; a new paper is asked for when the old one has expired."
    )
    source = "31 CFR 1020.220(a)(3)(i)(B), 1020.210(a)(2)(v)(B); EU AMLR 2024/1624 art. 26"
    counts = ("customer", "customers")
    gauge_label = "Longest since the paper expired"
    unit = ("day", "days")
    formula = (
        "Customers whose accepted identity paper (of several the one that lasts longest) has passed its last day. "
        "The meter shows the one that expired first."
    )
    warn = 30
    breach = 180
    weight = 2
    columns = (
        Column(
            "name",
            "Customer",
            main=True,
            value=lambda one: one.person.name,
            link=lambda one: kyc_url(one.user_id),
            note="user_id",
        ),
        Column("risk", "Risk", "severity", value=lambda one: one.person.risk_rating),
        Column("identity", "Identity", "badge", value=lambda one: one.person.kyc_status),
        Column("until", "Valid until", "date", value=lambda one: date.fromisoformat(one.until)),
    )
    empty_text = "Every identity paper that was checked still holds."

    def offenders(self, scope: Scope) -> Listed:
        """Who expired first, first; customers who have left are not asked for papers."""
        return Listed(lapsed(scope.today)[0])

    def measure(self, scope: Scope) -> Measure:
        """Days since the first of them expired."""
        found, more = lapsed(scope.today)
        late = scope.age(found[0].until) if found else 0
        return Measure(
            count=Counted(len(found), more),
            gauge=late,
            says=f"the first expired {said(late, self.unit)} ago" if found else "no paper has expired",
        )
