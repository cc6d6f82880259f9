"""Who becomes exempt from currency transaction reports: asked by one person, approved by another, reviewed each year.

31 CFR 1020.315. Exempt from the report on cash, never from the one on suspicious activity.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse

from accounts.ledger import Actor
from accounts.models import User
from accounts.queries.people import user
from cloudbank import approvals, parameters, store
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.clock import ONE_DAY
from cloudbank.conf import bank_calendar
from cloudbank.parameters import Parameter, declare
from cloudbank.roles import Role, allows
from cloudbank.wording import day as day_in_words
from compliance.filings.exemptions import BASES, Exemption, exemption_of, exemption_writes, save_exemption
from compliance.filings.terms import Refused
from compliance.queries import standing

WORK, APPROVE, EXEMPT = "compliance.work_filing", "compliance.approve_filing", "exempt_person"
_SOURCE = "31 CFR 1020.315; FinCEN FIN-2012-G003"


def _declared(code: str, label: str, kind: str, default: int, unit: str = "") -> Parameter:
    return declare(Parameter(f"filing.exempt_{code}", label, kind, default, _SOURCE, maximum=1000, unit=unit))


DOEP_DAYS = _declared("doep_days", "Days from the first exempted cash to the designation (Form 110)", "days", 30)
REVIEW_DAYS = _declared("review_days", "Days between reviews of an exemption", "days", 365)
ACCOUNT_DAYS = _declared("account_days", "Days a Phase II person has had an account", "days", 61)
LEAST = _declared("least_reportable", "Reportable cash of a Phase II person within a year, at least", "int", 5)
INELIGIBLE = _declared("most_ineligible", "Revenue of a Phase II person from ineligible work, at most", "percent", 50)


@dataclass(frozen=True)
class Wish:
    """What an officer writes about an exemption."""

    customer_id: str
    basis: str
    since: date
    reportable: int
    """Reportable cash transactions of the last year."""
    ineligible: int
    """Percent of revenue from business that 1020.315(e)(8) names."""
    risk_assessed: bool
    """Assessed on risk before two months have passed."""


def ask_exemption(*, wish: Wish, reason: str, key: str, actor: Actor, name: str, now: datetime) -> Approval:
    """Ask a second person to exempt somebody. Raises approvals.NotAllowed naming the field."""
    return approvals.ask(
        code=EXEMPT,
        content={**wish.__dict__, "since": wish.since.isoformat(), "before": _head(wish.customer_id)},
        about=f"ctr_exemption#{Exemption.key(wish.customer_id)}",
        key=key,
        reason=reason,
        actor=actor,
        name=name,
        now=now,
    )


def _head(customer_id: str) -> str:
    there = exemption_of(customer_id)
    return there.audit_head if there else ""


def _checked(content: Any, now: datetime) -> User:
    """The customer, when the conditions of the basis hold. Raises Refused naming the field."""
    in_force, customer = parameters.snapshot(now), user(content["customer_id"])
    if customer is None or customer.role != Role.CUSTOMER:
        raise Refused("There is no such customer.", "customer")
    if content["basis"] not in BASES:
        raise Refused("Choose why this person is exempt.", "basis")
    there = exemption_of(customer.user_id)
    if there and not there.until:
        raise Refused(f"{customer.name} is exempt already.", "customer")
    if BASES[content["basis"]].phase == 2:
        _check_phase_two(content, customer, in_force, now)
    return customer


def _check_phase_two(content: Any, customer: User, in_force: parameters.Snapshot, now: datetime) -> None:
    days, least = in_force.number(ACCOUNT_DAYS.code), in_force.number(LEAST.code)
    today = bank_calendar().local(now).date()
    age = (today - date.fromisoformat(customer.first_account_on)).days if customer.first_account_on else 0
    if age < days and not content["risk_assessed"]:
        raise Refused(
            f"This customer has had an account for {age} days; Phase II asks for {days}, or for a risk assessment.",
            "risk_assessed",
        )
    if content["reportable"] < least:
        raise Refused(f"Phase II asks for at least {least} reportable transactions within a year.", "reportable")
    if content["basis"] == "non_listed" and content["ineligible"] > in_force.number(INELIGIBLE.code):
        raise Refused("Too much of the revenue comes from business that cannot be exempt.", "ineligible")


@approvals.effect(EXEMPT, label="Exempt from cash reports", icon="shield-check", asks=WORK, permission=APPROVE)
class ExemptPerson(approvals.Effect):
    """The exemption, from the asked day on or from the day of the approval when that is later."""

    refusals = (Refused,)

    def shown(self, content: Any, now: datetime) -> Shown:
        """Who, why, and what was found."""
        customer, basis = _checked(content, now), BASES[content["basis"]]
        facts = [
            ("Customer", customer.name, customer.user_id),
            ("Basis", basis.label, f"Phase {'I' * basis.phase}, 31 CFR {basis.source}"),
            ("From", day_in_words(date.fromisoformat(content["since"])), "never before the approval"),
        ]
        if basis.phase == 2:
            facts += [
                ("Reportable cash in a year", str(content["reportable"]), ""),
                ("Revenue from ineligible business", f"{content['ineligible']} %", ""),
            ]
        return Shown(f"Exempt {customer.name} from currency transaction reports", facts)

    def check(self, request: Approval, now: datetime) -> None:
        """Only while nothing about it changed."""
        _checked(request.content, now)
        if _head(request.content["customer_id"]) != request.content["before"]:
            raise Refused("This exemption was changed since the request was made. Ask again.")

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """In the transaction of the decision."""
        self.check(request, now)
        content, today = request.content, bank_calendar().business_date(now)
        key = Exemption.key(content["customer_id"])
        item = store.get(Exemption, key) or Exemption(user_id=key, customer_id=content["customer_id"])
        item.basis, item.reason = content["basis"], request.reason
        item.since, item.until = max(content["since"], today.isoformat()), ""
        item.first_used_on = item.designated_on = item.designation = ""
        days = parameters.snapshot(now).number(REVIEW_DAYS.code)
        item.review_on = (today + timedelta(days=days)).isoformat() if item.why.designated else ""
        after = {"basis": item.basis, "since": item.since, "asked_by": request.maker_id}
        writes = exemption_writes(item, "exempt", {}, after, request.reason, actor, now)
        return Outcome("Exempt.", reverse("exemption", args=[item.customer_id]), writes)

    def afterwards(self, request: Approval) -> None:
        """The page shows it at once."""
        standing.forget()

    def link(self, content: Any) -> tuple[str, str]:
        """The customer's page."""
        return "Open the customer", reverse("person", args=[content["customer_id"]])


def end_exemption(*, customer_id: str, reason: str, actor: Actor, now: datetime) -> Exemption:
    """Report this person's cash again, from today's business day on. Raises Refused."""
    item = _open(customer_id, actor)
    if not reason.strip():
        raise Refused("Say why it ends.", "reason")
    item.until = (bank_calendar().business_date(now) - ONE_DAY).isoformat()
    return save_exemption(item, "end_exemption", {}, {"until": item.until}, reason.strip(), actor, now)


def review_exemption(*, customer_id: str, reason: str, actor: Actor, now: datetime) -> Exemption:
    """It was looked at and still fits; the next review is a year later. Raises Refused."""
    item = _open(customer_id, actor)
    if not item.why.designated:
        raise Refused("This exemption is not reviewed: only listed companies, their subsidiaries and Phase II are.")
    if not reason.strip():
        raise Refused("Say what you looked at.", "reason")
    days, before = parameters.snapshot(now).number(REVIEW_DAYS.code), item.review_on
    item.review_on = (bank_calendar().local(now).date() + timedelta(days=days)).isoformat()
    return save_exemption(
        item, "review_exemption", {"review_on": before}, {"review_on": item.review_on}, reason.strip(), actor, now
    )


def designate(*, customer_id: str, number: str, on: date, actor: Actor, now: datetime) -> Exemption:
    """Form 110 was filed under this BSA identifier. Raises Refused."""
    item = _open(customer_id, actor)
    if not item.why.designated:
        raise Refused("No designation is filed for banks and governments.")
    if on > bank_calendar().local(now).date():
        raise Refused("This day is still to come.", "filed_on")
    item.designation, item.designated_on = number, on.isoformat()
    after = {"designation": number, "designated_on": item.designated_on}
    return save_exemption(item, "designate", {}, after, "", actor, now)


def _open(customer_id: str, actor: Actor) -> Exemption:
    if not allows(actor.role, WORK):
        raise Refused("Your role may look at exemptions, but not change them.")
    item = exemption_of(customer_id)
    if item is None or item.until:
        raise Refused("This customer is not exempt (any more).")
    return item
