"""Work that the demo bank's people did: alerts decided, corrective actions, privacy requests.

Through the services, at moments of the past, so that times to decide look as they would.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from accounts.ledger import Actor
from accounts.models import User
from cloudbank import store
from cloudbank.clock import from_iso
from cloudbank.roles import Role
from cloudbank.tables import TransactionsItem
from compliance.models import CorrectiveAction
from compliance.privacy.breaches import Facts, note_breach
from compliance.privacy.queries import requests_of
from compliance.privacy.services import ask_about_own_data
from compliance.privacy.terms import UNLIKELY
from compliance.services.actions import Content, move_action, open_action
from compliance.steps import steps_from
from monitoring.models import CONFIRMED, FALSE_POSITIVE, NEW, WORKLIST, Alert
from monitoring.services.alerts import assign_alert
from monitoring.services.closing import close_alert

LEFT_OPEN = timedelta(days=3)
"""Younger alerts are left for whoever tries the demo."""
FORGOTTEN = 3
"""So many older ones are late, which the compliance page shows."""
HOURS = {"critical": 2.5, "high": 14, "medium": 40, "low": 90}
NOTES = {
    CONFIRMED: (
        "Customer could not explain the money. Reported; see the file.",
        "Pattern matches the typology. Escalated to the compliance officer.",
        "Currency transaction report filed.",
    ),
    FALSE_POSITIVE: (
        "Explained by the customer with documents: sale of a car.",
        "Known employer bonus; amount agrees with the payslip.",
        "Closing balance moved to the customer's new bank.",
        "Seasonal purchase; same as last year.",
    ),
}
REASON_CODES = {CONFIRMED: ("laundering", "fraud", "other"), FALSE_POSITIVE: ("explained", "expected", "related")}
Progress = Callable[[int, int], None]


def actor_of(person: User) -> Actor:
    """The person at a desk of the bank."""
    return Actor(person.user_id, person.role, "198.51.100.7")


def decide_alerts(
    analysts: Collection[User], planted: Collection[str], until: datetime, seed: int, progress: Progress
) -> int:
    """Decide the older alerts, take some of the younger ones; returns how many were decided. Safe to repeat."""
    random = Random(f"work {seed}")
    found = sorted(_open_alerts(), key=lambda one: (one.opened_at, one.transaction_id))
    old = sum(1 for one in found if from_iso(one.opened_at) < until - LEFT_OPEN)
    decided = 0
    for place, alert in enumerate(found):
        analyst = random.choice(sorted(analysts, key=lambda one: one.user_id))
        taken_at = _after(alert, from_iso(alert.opened_at), random, until)
        if place < old - FORGOTTEN:
            alert = _assigned(alert, analyst, taken_at) if alert.status == NEW else alert
            known = max(taken_at, from_iso(alert.last_at))  # nobody decides on what is yet to be found
            _decide(alert, analyst, alert.customer_id in planted, _after(alert, known, random, until), random)
            decided += 1
        elif place >= old and alert.status == NEW and random.random() < 0.35:
            _assigned(alert, analyst, taken_at)
        progress(place + 1, len(found))
    return decided


def _after(alert: Alert, moment: datetime, random: Random, until: datetime) -> datetime:
    """Some time later, as quickly as its severity asks for."""
    return min(moment + timedelta(hours=HOURS[alert.severity] * random.uniform(0.1, 0.5)), until)


def _open_alerts() -> list[Alert]:
    keys = [key for _, key in store.index_keys(TransactionsItem, "worklist", WORKLIST)]
    return [item for item in store.load(TransactionsItem, keys).values() if isinstance(item, Alert) and item.is_open]


def _assigned(alert: Alert, analyst: User, at: datetime) -> Alert:
    return assign_alert(
        alert_id=alert.transaction_id,
        assignee_id=analyst.user_id,
        revision=alert.revision,
        actor=actor_of(analyst),
        now=at,
    )


def _decide(alert: Alert, analyst: User, guilty: bool, at: datetime, random: Random) -> None:
    """What is critical is reported: to refute it takes a second person."""
    confirmed = random.random() < (0.85 if guilty else 0.12) or alert.severity == "critical"
    outcome = CONFIRMED if confirmed else FALSE_POSITIVE
    reportable = alert.family == "cash_reporting" and confirmed
    note = NOTES[outcome][2] if reportable else random.choice(NOTES[outcome][:2])
    reason_code = "reportable" if reportable else random.choice(REASON_CODES[outcome])
    close_alert(
        alert_id=alert.transaction_id,
        reason_code=reason_code,
        note=note,
        revision=alert.revision,
        actor=actor_of(analyst),
        now=at,
    )


def open_actions(staff: Mapping[str, User], until: datetime) -> None:
    """Corrective actions in every state. Their ids derive from their keys, so repeating opens none twice."""
    officer, second = staff["compliance@cloudbank.example"], staff["compliance2@cloudbank.example"]
    manager = staff["manager@cloudbank.example"]
    for planned in PLANNED:
        content = Content(
            planned.title,
            planned.cause,
            planned.plan,
            planned.priority,
            (manager if planned.by_manager else officer).user_id,
            (until + timedelta(days=planned.due)).date(),
        )
        at = until - timedelta(days=planned.opened)
        action = open_action(
            content=content, control_code=planned.control, key=f"demo {planned.title}", actor=actor_of(officer), now=at
        )
        for place, step in enumerate(planned.steps, 1):
            person = second if step == "close" else officer
            action = _moved(action, step, person, at + timedelta(days=8 * place))


@dataclass(frozen=True)
class Planned:
    """A corrective action of the demo; days relative to its end."""

    title: str
    cause: str
    plan: str
    priority: int
    control: str
    opened: int
    due: int
    steps: tuple[str, ...] = ()
    by_manager: bool = False


PLANNED = (
    Planned(
        "Second analyst for the late shift",
        "Critical alerts of the evening were decided the next morning.",
        "Change the rota: a second analyst until 22:00.",
        2,
        "alert-deadlines",
        opened=110,
        due=-60,
        steps=("start", "ready", "close"),
        by_manager=True,
    ),
    Planned(
        "Catch up with periodic reviews of high-risk customers",
        "Reviews of customers with a high rating were planned by year of opening, not by rating.",
        "Review the oldest first, five a week; plan the next ones by rating.",
        1,
        "kyc-reviews",
        opened=40,
        due=-6,
        steps=("start",),
    ),
    Planned(
        "Train tellers on cash near the limit",
        "Two tellers did not ask for the source of deposits just below 10,000.00.",
        "Half a day of training for every teller; a card with the questions at each counter.",
        2,
        "",
        opened=26,
        due=20,
        steps=("start", "ready"),
        by_manager=True,
    ),
    Planned(
        "Verify identities before the account is opened online",
        "Online customers could open an account and bring their papers later.",
        "Ask for the papers in the form; remind after three days, restrict after ten.",
        1,
        "kyc-pending",
        opened=3,
        due=45,
    ),
)


def _moved(action: CorrectiveAction, step: str, person: User, at: datetime) -> CorrectiveAction:
    if step not in [one.code for one in steps_from(action.status)]:
        return action  # an earlier, interrupted run took this step already
    note = {"ready": "Rota and sign-in records are filed.", "close": "Checked four weeks of records."}.get(step, "")
    return move_action(
        action_id=action.transaction_id, step=step, note=note, version=action.version, actor=actor_of(person), now=at
    )


def note_a_breach(staff: dict[str, User], until: datetime) -> None:
    """Letters in the wrong envelopes, ten days ago; unlikely to be a risk, so the clock does not run."""
    facts = Facts(
        title="Statements in the wrong envelopes",
        happened="The mailer was misfed; a customer called. All twelve letters came back unopened.",
        data="Names, addresses, balances",
        persons=12,
        customer_ids=(),
        risk=UNLIKELY,
        why_risk="Every letter came back unopened.",
        measures="The mailer checks the window against the letter.",
    )
    at, officer = until - timedelta(days=10), actor_of(staff["compliance@cloudbank.example"])
    note_breach(facts=facts, aware_at=at - timedelta(hours=3), key="demo-breach", actor=officer, now=at)


def ask_for_data(customer_id: str, until: datetime) -> None:
    """A customer asks for a copy of his or her data, a fortnight ago."""
    if not requests_of(customer_id):
        actor = Actor(customer_id, str(Role.CUSTOMER), "203.0.113.9")
        ask_about_own_data(about="access", details="", actor=actor, now=until - timedelta(days=14))
