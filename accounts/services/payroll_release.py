"""A payroll is released: by its owner within their limits; by staff, above a limit, with a second person."""

import logging
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts import ledger, numbers
from accounts.ledger import Actor, Refused
from accounts.models.payroll import CHECKED, Payroll
from accounts.queries.deposits import accounts
from accounts.queries.payroll import movement_of
from accounts.queries.people import user
from accounts.readback import amount_in_words
from accounts.services.counter import (
    AT_COUNTER,
    OVER_TRANSFER,
    SECOND,
    Rule,
    about_movement,
    account_fact,
    asker_of,
    balance_change,
    money,
    teller_limit,
)
from accounts.services.payroll import covered, debit_of, rows_in_words
from accounts.services.payroll_runs import advance, existing, start
from accounts.services.posting import Busy, NotKnownYet
from cloudbank import approvals, store
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.documents import Damaged, NotStored
from cloudbank.roles import allows

CANNOT = (Refused, Busy, NotKnownYet, Damaged, NotStored, store.StoreError)
ASKS = "accounts.run_any_payroll"
STRETCH_SECONDS = 3.0
"""So long the approval itself pays; the page, or `run_payrolls`, goes on."""
_SEALED = ("payer", "owner", "currency", "total", "rows", "largest", "sha256", "round")
OVER_PAYROLL = Rule(
    "teller_payroll",
    teller_limit("limit.teller_payroll", "A payroll that a teller brings and releases alone, at most", 10_000_000),
    "Nobody is paid before it is approved.",
    "Who brought the file, how you know them, which document you saw.",
)
OVER_PAYEE = Rule(
    OVER_PAYROLL.code, OVER_TRANSFER.limit, "It counts what one payee gets, as for a transfer.", OVER_PAYROLL.help
)
"""A payroll is no way around the limit of a transfer, in one row or in many to the same account."""
log = logging.getLogger(__name__)


def rule_over(item: Payroll, actor: Actor, now: datetime) -> Rule | None:
    """The rule by which its release by this person needs a second one, if any.

    What a customer brought and releases is the customer's own doing, within their own limits. No such limits hold
    for what a branch brought, and nobody of the bank releases alone what a customer only brought.
    """
    if item.state != CHECKED or (item.channel != AT_COUNTER and actor.user_id == item.owner):
        return None
    if item.total > OVER_PAYROLL.most(item.currency, now):
        return OVER_PAYROLL
    return OVER_PAYEE if item.largest > OVER_PAYEE.most(item.currency, now) else None


def only_by_the_branch(item: Payroll, actor: Actor, now: datetime) -> str:
    """Why this person cannot even ask for its release, or ""."""
    rule = rule_over(item, actor, now)
    if rule is None or allows(actor.role, ASKS):
        return ""
    most = money(rule.most(item.currency, now), item.currency)
    over = f"over {most} to one payee" if rule is OVER_PAYEE else f"over {most}"
    return f"A branch brought this payroll, and {over} two people of the bank release it. Ask your branch."


def release(*, payroll_id: str, key: str, reason: str, actor: Actor, name: str, now: datetime) -> Payroll | Approval:
    """Debit the payer, or ask for what is over the limit; a payroll that runs already is left as it is.

    Raises what `start` raises, and approvals.NotAllowed.
    """
    item = existing(payroll_id)
    if why := only_by_the_branch(item, actor, now):
        raise Refused("over_limit", why)
    if rule_over(item, actor, now) is None:
        return start(payroll_id, actor=actor, now=now)
    return pending(item, now) or approvals.ask(
        code=OVER_PAYROLL.code,
        content={"payroll_id": payroll_id} | _sealed(item),
        about=about_movement(movement_of(item)),
        key=key,
        reason=reason,
        actor=actor,
        name=name,
        now=now,
    )


def pending(item: Payroll, now: datetime) -> Approval | None:
    """The request to release this payroll that waits and can still be approved, or is being carried out; if any.

    One that is outdated (the account was emptied, the payroll is not what was asked) keeps nobody from asking anew.
    """
    return approvals.standing_one(about_movement(movement_of(item)), now)


@approvals.effect(
    OVER_PAYROLL.code,
    label="Payroll over the teller's limit",
    icon="people",
    asks=ASKS,
    permission=SECOND,
    separately=True,
)
class TellerPayroll(approvals.Effect):
    """The payer's debit has a transaction and a key of its own: one, however often it is tried."""

    refusals = (Refused,)
    doubts = (Busy, NotKnownYet)

    def shown(self, content: Any, now: datetime) -> Shown:
        """The debit as the ledger would post it now; refused when it would not."""
        item = _to_release(content)
        held = accounts([item.payer])[item.payer].state()
        plan = ledger.plan(debit_of(item), {item.payer: held}, now, business_date(now))
        owner, total = user(item.owner), money(item.total, item.currency)
        rejected = f"{rows_in_words(len(item.rejected))} not paid" if item.rejected else ""
        return Shown(
            f"Pay a payroll of {total} from the account of {owner.name if owner else 'an unknown owner'}",
            facts=[
                ("Total", total, amount_in_words(item.total, item.currency)),
                *_limits_passed(item, now),
                account_fact("From", held, owner),
                ("Payees", f"{item.rows:,}", rejected),
                ("File", item.file_name, f"SHA-256 {item.sha256[:16]}\N{HORIZONTAL ELLIPSIS}"),
            ],
            changes=[balance_change("Balance", item.currency, held.balance, plan.states[0].balance)],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """Still to be released, the same, and covered."""
        item, owner = _to_release(request.content), user(request.content["owner"])
        payer = accounts([item.payer])[item.payer]
        if owner and (why := covered(item, payer, owner, now=now)):
            raise Refused("covered", why)

    def begun(self, request: Approval) -> bool:
        """Whether the payer is debited."""
        return existing(request.content["payroll_id"]).state != CHECKED

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """Release it in the name of who asked."""
        item = existing(request.content["payroll_id"])
        if item.state == CHECKED:
            start(_to_release(request.content).payroll_id, actor=asker_of(request), now=now)
        return Outcome("It is being paid.", reverse("payroll", args=[item.payroll_id]))

    def afterwards(self, request: Approval) -> None:
        """Begin to credit payees; what is not done in a moment goes on from the page, or by `run_payrolls`."""
        try:
            advance(request.content["payroll_id"], now=utcnow, seconds=STRETCH_SECONDS)
        except CANNOT as error:
            log.warning("payroll %s goes on later: %s", request.content["payroll_id"], error)

    def link(self, content: Any) -> tuple[str, str]:
        """Its page, with every row."""
        return "Open the payroll", reverse("payroll", args=[content["payroll_id"]])


def _limits_passed(item: Payroll, now: datetime) -> list[tuple[str, str, str]]:
    """Of the whole, of one payee, or both: which limits it passes."""
    most, facts = OVER_PAYEE.most(item.currency, now), []
    if item.total > OVER_PAYROLL.most(item.currency, now):
        facts.append(OVER_PAYROLL.fact(item.currency, now))
    if item.largest > most:
        over = f"a teller transfers {money(most, item.currency)} alone"
        facts.append(("Most to one payee", money(item.largest, item.currency), over))
    return facts


def _sealed(item: Payroll) -> dict[str, Any]:
    return {name: getattr(item, name) for name in _SEALED} | {"rejected": sorted(item.rejected)}


def _to_release(content: Any) -> Payroll:
    """The payroll that was asked about, unchanged and not started. Raises Refused."""
    item = existing(content["payroll_id"])
    if item.state != CHECKED:
        raise Refused("payroll_state", f"The payroll from account {numbers.masked(item.payer)} was started before.")
    if {"payroll_id": item.payroll_id} | _sealed(item) != content:
        raise Refused("changed", "This payroll is not what was asked for any more. Bring the file again.")
    return item
