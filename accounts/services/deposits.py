"""Deposit accounts: open, change their state (release: see releasing, closing: see leaving); each change audited."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from django.conf import settings

from accounts import numbers
from accounts.ledger import ACTIVE, CLOSED, SAVINGS, Actor, Refused
from accounts.models import DepositAccount, User
from accounts.models.ledger import PRODUCTS
from accounts.models.people import REJECTED, VERIFIED
from accounts.queries.totals import books
from accounts.services.flows import customer_flow
from accounts.services.posting import Busy
from accounts.services.savings import earned
from accounts.states import FREEZE, Transition, state_in_words
from cloudbank import audit, store
from cloudbank.clock import ONE_DAY, iso
from cloudbank.conf import bank_calendar
from cloudbank.store import Write

ATTEMPTS = 8


def persistently(change: Callable[[date], DepositAccount], now: datetime) -> DepositAccount:
    """Run a load-decide-save until nobody was faster; `change` gets the business date to use."""
    day = bank_calendar().business_date(now)
    for attempt in range(ATTEMPTS):
        try:
            return change(day)
        except store.ConditionFailed as error:
            if any(isinstance(write, store.Add) for write in error.writes):
                day = bank_calendar().after(day)
        except (store.Conflict, store.OutcomeUnknown):
            pass
        store.pause(attempt)
    raise Busy("Somebody else is changing this account just now. Try again.")


def open_account(
    *, owner_id: str, product: str, currency: str, branch: str, key: str, actor: Actor, now: datetime
) -> DepositAccount:
    """Open an account; the number derives from owner and key, so sending the form twice opens one."""
    if product not in PRODUCTS:
        raise Refused("product", "Choose checking or savings.", "product")
    account_id = numbers.derive(owner_id, key)

    def change(day: date) -> DepositAccount:
        there = store.get(DepositAccount, account_id)
        if there:
            _same_opening(there, owner_id, product, currency, branch)
            return there
        owner = _owner(owner_id)
        account = DepositAccount(
            account_id=account_id,
            version=1,
            owner_id=owner_id,
            product=product,
            currency=currency,
            branch=branch,
            opened_at=iso(now),
            opened_on=day.isoformat(),
        )
        account.file_in_book()
        after = {"product": product, "currency": currency, "status": ACTIVE}
        entry = audit.record(account, "open_account", actor=actor, now=now, after=after)
        writes = [*_joined(owner, day, currency, actor, now), *_first_day(day, currency, actor, now)]
        store.save([store.new(account), entry, *writes])
        return account

    return persistently(change, now)


def _same_opening(there: DepositAccount, owner_id: str, product: str, currency: str, branch: str) -> None:
    """The number is taken: by this form's first sending, or (rarely) by what only hashes to the same number."""
    asked = {"owner_id": owner_id, "product": product, "currency": currency, "branch": branch}
    difference = next((name for name, value in asked.items() if getattr(there, name) != value), "")
    if difference:
        raise Refused("key_reused", "This form was sent before and meant another account. Open it again.", difference)


def _owner(owner_id: str) -> User:
    owner = store.get(User, owner_id)
    if owner is None or owner.is_staff_member:
        raise Refused("owner", "Accounts are opened for customers; there is no such customer.", "owner")
    if owner.disabled or owner.kyc_status == REJECTED:
        raise Refused("owner", "The bank cannot open an account for this customer now. Please visit a branch.", "owner")
    return owner


def _joined(owner: User, day: date, currency: str, actor: Actor, now: datetime) -> Sequence[Write]:
    """What opening changes of the owner: the number of accounts, and with the first one the dates; the day's counts."""
    counts, before = {"accounts_opened": 1}, {name: getattr(owner, name) for name in _DATES}
    owner.open_accounts += 1
    owner.first_account_on = owner.first_account_on or day.isoformat()
    if owner.kyc_status == VERIFIED and (owner.exited_on or not owner.activated_on):
        owner.activated_on = day.isoformat()
        counts["customers_activated"] = 1
    owner.exited_on = ""
    owner.file_for_review()
    return [*_changed_owner(owner, "first_account", before, actor, now), _flow(owner, day, currency, counts)]


def _left(account: DepositAccount, day: date, actor: Actor, now: datetime) -> Sequence[Write]:
    """What closing changes of the owner: who closes the last account has left the bank."""
    counts, owner = {"accounts_closed": 1}, store.get(User, account.owner_id or "")
    if owner is None:
        raise Refused("owner", "The owner of this account is not on record.")
    before = {name: getattr(owner, name) for name in _DATES}
    owner.open_accounts -= 1
    if not owner.open_accounts:
        owner.exited_on = day.isoformat()
        owner.file_for_review()
        counts["customers_exited"] = int(bool(owner.activated_on))
    return [*_changed_owner(owner, "exit", before, actor, now), _flow(owner, day, account.currency, counts)]


_DATES = ("first_account_on", "activated_on", "exited_on")


def _changed_owner(owner: User, action: str, before: dict[str, str], actor: Actor, now: datetime) -> Sequence[Write]:
    """The owner, with an audit record when more than the number of accounts is changed (the account has its own)."""
    after = {name: getattr(owner, name) for name in _DATES}
    if after == before:
        return [store.changed(owner)]
    entry = audit.record(owner, action, actor=actor, now=now, before=before, after=after)
    return [store.changed(owner), entry]


def _flow(owner: User, day: date, currency: str, counts: dict[str, int]) -> Write:
    return customer_flow(day, currency, owner.user_id, {name: number for name, number in counts.items() if number})


def _first_day(day: date, currency: str, actor: Actor, now: datetime) -> Sequence[Write]:
    """The books of a currency begin on the day its first account is opened."""
    known = books(currency, consistent=False)
    if known.first_day:
        return []
    known = books(currency)
    known.first_day = known.first_day or day.isoformat()
    known.shards = max(known.shards, settings.LEDGER_SHARDS)
    entry = audit.record(known, "begin_books", actor=actor, now=now, after={"first_day": known.first_day})
    return [store.stored(known), entry]


def freeze_account(
    *, account_id: str, reason: str, actor: Actor, now: datetime, also: Sequence[Write] = ()
) -> DepositAccount:
    """Stop all movement on an account at once. Freezing a frozen account changes nothing."""
    return change_state(transition=FREEZE, account_id=account_id, reason=reason, actor=actor, now=now, also=also)


def change_state(
    *,
    transition: Transition,
    account_id: str,
    reason: str,
    actor: Actor,
    now: datetime,
    also: Sequence[Write] = (),
) -> DepositAccount:
    """Move an account to another state, where one person does it alone. What is so already stays. Raises Refused."""
    if transition.four_eyes:
        raise ValueError(f"'{transition.code}' takes two people: see accounts.services.releasing")
    if not reason.strip():
        raise Refused("reason", "Give a reason; it is kept with the account.", "reason")

    ours: set[str] = set()  # heads of our own tries: one of them may be stored although its answer was lost

    def change(day: date) -> DepositAccount:
        account = existing(account_id)
        if account.status == transition.end:
            if also and account.audit_head not in ours:
                store.save([*also])  # what belongs to this request must not be lost because somebody was faster
            return account
        allow(account, transition)
        if transition.end == CLOSED:
            _nothing_left(account, day)
        before = {"status": account.status}
        account.status, account.status_reason, account.status_by = transition.end, reason, actor.user_id
        writes: list[Write] = [*also]
        if transition.end == CLOSED:
            account.closed_on = day.isoformat()
            account.file_in_book()
            writes += _left(account, day, actor, now)
        after = {"status": transition.end}
        entry = audit.record(
            account, transition.action, actor=actor, now=now, before=before, after=after, reason=reason
        )
        ours.add(account.audit_head)
        store.save([store.changed(account), entry, *writes])
        return account

    return persistently(change, now)


def existing(account_id: str) -> DepositAccount:
    """The account. Raises Refused when there is none."""
    account = store.get(DepositAccount, account_id)
    if account is None:
        raise Refused("unknown_account", "There is no account with this number.")
    return account


def allow(account: DepositAccount, transition: Transition) -> None:
    """Raise Refused where the transition does not start, or money is held on what is to be closed."""
    if account.status not in transition.start:
        said = state_in_words(account.status)
        raise Refused(account.status, f"This account is {said}; this cannot be done to it.")
    if transition.end == CLOSED and account.held != 0:
        raise Refused("held", "Money is held on this account. Capture or release its holds first.")


def _nothing_left(account: DepositAccount, day: date) -> None:
    """Only an account with nothing on it closes, its interest included: see accounts.services.leaving."""
    if account.balance != 0:
        raise Refused("balance", "Only an account with balance zero can be closed. Move the money out first.")
    if account.product == SAVINGS and earned(account, day - ONE_DAY):
        raise Refused("interest", "Interest is due on this account. Say where it is paid to.")
