"""Customers who move money although nobody has verified who they are."""

from datetime import date

from cloudbank.lists import Column
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.drill import kyc_url
from compliance.kyc.activity import Mover, movers
from compliance.queries.selections import Counted, Listed


@control("kyc-activity")
class KycActivity(Control):
    """Limits until verified are no licence to go on without being verified."""

    title = "Unverified customers with activity"
    framework = Framework.KYC
    obligation = (
        "The bank has procedures for the terms under which a customer may transact while the identity is being "
        "verified, and for closing an account when verifying fails."
    )
    source = "31 CFR 1020.220(a)(2)(iii)(B)-(C)"
    counts = ("customer", "customers")
    gauge_label = "Longest unverified with movements"
    unit = ("day", "days")
    formula = (
        "Customers with an account who moved money within 30 days although they are not verified: rejected, or "
        "registered longer ago than the first threshold. The meter shows the days since the one who waits longest "
        "registered or was rejected."
    )
    warn = 10
    breach = 30
    weight = 4
    columns = (
        Column("name", "Customer", main=True, link=lambda one: kyc_url(one.user_id), note="user_id"),
        Column("identity", "Identity", "badge", value=lambda one: one.person.kyc_status),
        Column("since", "Registered or rejected", "date", value=lambda one: date.fromisoformat(one.since)),
        Column("moved", "Last movement", "date", value=lambda one: one.moved_on),
    )
    empty_text = "Nobody who is not verified in time moves money."

    def _found(self, scope: Scope) -> tuple[list[Mover], bool]:
        return movers(scope.today, self.threshold(scope, "warn"))

    def offenders(self, scope: Scope) -> Listed:
        """Who waits longest first."""
        return Listed(self._found(scope)[0])

    def measure(self, scope: Scope) -> Measure:
        """Days since the first of them registered or was rejected."""
        found, more = self._found(scope)
        days = scope.age(found[0].since) if found else 0
        return Measure(
            count=Counted(len(found), more and bool(found)),
            gauge=days,
            says=f"the first has gone on for {said(days, self.unit)}" if found else "nobody does",
        )
