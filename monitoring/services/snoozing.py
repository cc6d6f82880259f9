"""Snooze one rule for one customer: its findings raise no alert until a day; they are counted and kept all the same.

It stands in the customer's risk state, which the posting reads anyway. What is critical is never snoozed.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from accounts.ledger import Actor, Refused
from accounts.models import CustomerActivity
from accounts.services.posting import Busy
from cloudbank import audit, parameters, store
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar
from cloudbank.store import Write
from cloudbank.wording import day_of
from monitoring import packing
from monitoring.activity import QUIET, SNOOZES, UNTIL, Activity
from monitoring.models import Snooze
from monitoring.parameters import SNOOZE_DAYS
from monitoring.patternbook import named, quiet_key
from monitoring.rulebook import CRITICAL
from monitoring.services.changing import TakenOver, name_of

ATTEMPTS = 8


def snooze_rule(
    *,
    customer_id: str,
    rule_code: str,
    until: date,
    reason: str,
    actor: Actor,
    now: datetime,
    alert_id: str = "",
    anew: bool = True,
) -> Snooze:
    """Keep a rule quiet for a customer up to a day (included). Asked again, the new day and reason hold.

    `anew` False: for who saw no snooze; one that runs meanwhile is a colleague's, and they are told.
    Raises Refused (unknown or critical rule, no reason, too long), TakenOver, Busy.
    """
    rule = named(rule_code)
    if rule is None:
        raise Refused("rule", "There is no such rule.", "rule")
    if rule.severity == CRITICAL:
        raise Refused("critical", "A critical rule is never snoozed.", "rule")
    if not reason.strip():
        raise Refused("reason", "Say why; it is kept, and read when the snooze ends.", "reason")
    _refuse_day(until, now)
    place = quiet_key(rule)

    def change(snooze: Snooze, state: Activity) -> Write:
        if not anew:
            _refuse_running(snooze, now)
        _make_room(state, place, now)
        before = {"until": snooze.until if snooze.version and not snooze.lifted_at else ""}
        snooze.number, snooze.until, snooze.reason = rule.number, until.isoformat(), reason.strip()
        snooze.since, snooze.by, snooze.lifted_at = iso(now), actor.user_id, ""
        quiet = state.snoozed.get(place, [0, 0])[QUIET] if before["until"] else 0
        state.snoozed[place] = [until.toordinal(), quiet]
        after = {"until": snooze.until, "rule": rule_code, "customer_id": customer_id, "alert": alert_id}
        return audit.record(snooze, "snooze", actor=actor, now=now, before=before, after=after, reason=snooze.reason)

    return _persistently(customer_id, rule_code, change)


def lift_snooze(*, customer_id: str, rule_code: str, reason: str, actor: Actor, now: datetime) -> Snooze:
    """End a snooze before its day. Raises Refused, Busy."""
    if not reason.strip():
        raise Refused("reason", "Say why it ends before its day.", "reason")

    def change(snooze: Snooze, state: Activity) -> Write:
        if not snooze.version or snooze.lifted_at:
            raise Refused("not_snoozed", "This rule is not snoozed for this customer.")
        snooze.lifted_at = iso(now)
        rule = named(rule_code)
        place = quiet_key(rule) if rule else snooze.number
        quiet = state.snoozed.pop(place if place in state.snoozed else snooze.number, [0, 0])[QUIET]
        before, after = {"until": snooze.until}, {"until": "", "kept_quiet": quiet}
        return audit.record(snooze, "lift", actor=actor, now=now, before=before, after=after, reason=reason.strip())

    return _persistently(customer_id, rule_code, change)


def latest_day(now: datetime) -> date:
    """The last day until which a rule may be snoozed now, on the bank's calendar."""
    return bank_calendar().local(now).date() + timedelta(days=parameters.snapshot(now).number(SNOOZE_DAYS))


def _refuse_running(snooze: Snooze, now: datetime) -> None:
    if snooze.version and not snooze.lifted_at and snooze.until >= bank_calendar().local(now).date().isoformat():
        told = f"{name_of(snooze.by)} snoozed this rule for this customer until {day_of(snooze.until)}: {snooze.reason}"
        raise TakenOver("snoozed", f"{told.rstrip('.')}. Nothing of yours was changed; lift it to set another day.")


def _refuse_day(until: date, now: datetime) -> None:
    today, latest = bank_calendar().local(now).date(), latest_day(now)
    if not today <= until <= latest:
        raise Refused("until", f"Choose a day from {today} to {latest}.", "until")


def _make_room(state: Activity, place: int, now: datetime) -> None:
    """Forget snoozes that are over; refuse one too many: who needs that many is to be looked at, not kept quiet."""
    today = bank_calendar().local(now).date().toordinal()
    for other in [one for one, snooze in state.snoozed.items() if snooze[UNTIL] < today and one != place]:
        del state.snoozed[other]
    if place not in state.snoozed and len(state.snoozed) >= SNOOZES:
        raise Refused("many", f"{SNOOZES} rules are snoozed for this customer already; lift one first.")


def _persistently(customer_id: str, rule_code: str, change: Callable[[Snooze, Activity], Write]) -> Snooze:
    """Snooze, audit record and risk state in one transaction, until no posting was faster."""
    key, ours = Snooze.key(customer_id, rule_code), ""
    for attempt in range(ATTEMPTS):
        snooze = store.get(Snooze, key) or Snooze(transaction_id=key, customer_id=customer_id, rule=rule_code, number=0)
        if ours and snooze.audit_head == ours:
            return snooze  # the answer to our save was lost, but it was saved
        activity = store.get(CustomerActivity, CustomerActivity.key(customer_id))
        if activity is None:
            raise Refused("customer", "This customer has not moved any money yet.")
        state = packing.load(activity.state)
        entry = change(snooze, state)
        snooze.file()
        activity.state = packing.dump(state)
        try:
            store.save([store.stored(snooze), entry, store.changed(activity)])
        except store.OutcomeUnknown:
            ours = snooze.audit_head
        except (store.ConditionFailed, store.Conflict):
            pass  # a movement of this customer was posted, or a colleague was faster
        else:
            return snooze
        store.pause(attempt)
    raise Busy("Many movements touch this customer just now. Try again.")
