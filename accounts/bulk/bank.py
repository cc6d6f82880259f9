"""A bank in memory: events go in, finished items come out. The arithmetic is the live path's own."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from accounts import ledger
from accounts.bulk import wire
from accounts.bulk.counts import Counts
from accounts.bulk.events import (
    AccountClosed,
    CustomerLeft,
    Event,
    LoanMove,
    LoanNow,
    Move,
    NewAccount,
    NewCustomer,
    NewLoan,
    Verified,
)
from accounts.bulk.month_ends import ToldMonths
from accounts.bulk.run_totals import RunTotals
from accounts.bulk.shelf import Shelf
from accounts.ledger import CLOSED, SAVINGS, AccountState, Actor, Movement, Refused
from accounts.loans.bridge import split_of
from accounts.loans.state import DECLINED, LoanState, Terms
from accounts.models import CustomerActivity, DepositAccount, EmailLock, User
from accounts.models.loans import shown_change
from accounts.models.people import PENDING, VERIFIED
from accounts.month_ends import InMemory
from accounts.participants import Participant, Profile
from accounts.services.instruments import entry_of
from accounts.services.posting import is_new, seen_before
from accounts.services.savings import left_unpaid
from accounts.totals import CAPITALISED_UNPOSTED, LOANS_APPROVED, LOANS_DECLINED
from cloudbank import audit, trace
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar
from cloudbank.roles import Role
from cloudbank.tables import Item

Raw = dict[str, Any]


class MemoryBank:
    """The customers, accounts and totals that one run makes.

    `postings` fills up as events are entered and is taken by the run; the rest is given out by
    `totals`, `people`, `papers` and `deposits` at the end.
    """

    def __init__(self, import_id: str, screener: Participant, actor: Actor, *, audited: bool = False) -> None:
        self.import_id = import_id
        self.counts = Counts()
        self.postings: list[Raw] = []
        self._screener, self._actor, self._audited = screener, actor, audited
        self._users: dict[str, User] = {}
        self._profiles: dict[str, Profile] = {}
        self._activities: dict[str, CustomerActivity] = {}
        self._risk: dict[str, Any] = {}
        self._accounts: dict[str, DepositAccount] = {}
        self._shelf = Shelf(import_id, actor.user_id)
        self._states: dict[str, AccountState] = {}
        self._totals = RunTotals(import_id)
        self._papers: dict[str, Any] = {}
        self._funded: dict[str, str] = {}
        here = InMemory(self._users, self._accounts, self._states, self._shelf.loans, self._funded, self._papers)
        self._months = ToldMonths(import_id, here)
        self._today: date | None = None
        self._enters: dict[type[Event], Callable[[Any], object]] = {
            Move: self._move,
            NewAccount: self._open_account,
            NewCustomer: self._register,
            Verified: self._verify,
            AccountClosed: self._close_account,
            NewLoan: self._open_loan,
            LoanMove: self._move_loan,
            LoanNow: self._loan_now,
            CustomerLeft: self._leave,
        }

    def enter(self, event: Event) -> None:
        """Let something happen."""
        if not isinstance(event, Move | LoanMove):
            self._reach(bank_calendar().business_date(event.at))
        self._enters[type(event)](event)

    def _reach(self, day: date) -> None:
        """It is this business day now; what the days before it ended with is noted before anything happens on it."""
        if self._today is None or day > self._today:
            self._today = day
            self._shelf.reach(day)
            self._months.reach(day)

    # --- people and accounts -------------------------------------------------------------------

    def _register(self, event: NewCustomer) -> None:
        customer = User(
            user_id=event.customer_id,
            version=1,
            name=event.name,
            role=str(Role.CUSTOMER),
            registered_at=iso(event.at),
            registered_on=bank_calendar().business_date(event.at).isoformat(),
            import_id=self.import_id,
            **event.details,
        )
        self._users[customer.user_id] = customer
        self._record(customer, "register", event.at, after={"role": customer.role})
        self._changed(customer)
        self.counts.customers += 1

    def _verify(self, event: Verified) -> None:
        customer, day = self._users[event.customer_id], bank_calendar().business_date(event.at)
        customer.kyc_status, customer.kyc_decided_on = VERIFIED, day.isoformat()
        customer.kyc_review_on = event.review_on
        if customer.first_account_on and not customer.activated_on:
            self._activate(customer, day, self._currency_of(customer))
        after = {name: getattr(customer, name) for name in ("kyc_status", "kyc_review_on", "activated_on")}
        self._record(customer, "verify_identity", event.at, before={"kyc_status": PENDING}, after=after)
        self._changed(customer)

    def _open_account(self, event: NewAccount) -> None:
        day = bank_calendar().business_date(event.at)
        account = DepositAccount(
            account_id=event.account_id,
            version=1,
            owner_id=event.owner_id,
            product=event.product,
            currency=event.currency,
            branch=event.branch,
            opened_at=iso(event.at),
            opened_on=event.opened_on or day.isoformat(),
            import_id=self.import_id,
        )
        self._accounts[account.account_id] = account
        self._states[account.account_id] = account.state()
        self._totals.count(event.currency, day, event.owner_id, "accounts_opened")
        account.file_in_book()
        after = {"product": account.product, "currency": account.currency, "status": account.status}
        self._record(account, "open_account", event.at, after=after)
        self._users[event.owner_id].open_accounts += 1
        self._first_account(self._users[event.owner_id], day, event)
        self.counts.accounts += 1

    def _first_account(self, owner: User, day: date, event: NewAccount) -> None:
        if owner.first_account_on:
            return
        owner.first_account_on = day.isoformat()
        if owner.kyc_status == VERIFIED:
            self._activate(owner, day, event.currency)
        after = {"first_account_on": owner.first_account_on, "activated_on": owner.activated_on}
        self._record(owner, "first_account", event.at, after=after)
        self._changed(owner)

    def _activate(self, owner: User, day: date, currency: str) -> None:
        owner.activated_on = day.isoformat()
        self._totals.count(currency, day, owner.user_id, "customers_activated")

    def _close_account(self, event: AccountClosed) -> None:
        account, day = self._accounts[event.account_id], bank_calendar().business_date(event.at)
        state = self._states[event.account_id]
        if state.balance:
            raise ValueError(f"account {event.account_id} cannot be closed with a balance of {state.balance}")
        if account.product == SAVINGS and left_unpaid(state, day):
            raise ValueError(f"account {event.account_id} cannot be closed with interest unpaid")
        account.status, account.status_reason, account.status_by = CLOSED, event.reason, self._actor.user_id
        account.closed_on = day.isoformat()
        account.file_in_book()
        self._users[account.owner_id or ""].open_accounts -= 1
        account.take(state)
        self._states[event.account_id] = account.state()
        self._totals.count(account.currency, day, account.owner_id or "", "accounts_closed")
        before, after = {"status": ledger.ACTIVE}, {"status": CLOSED}
        self._record(account, "close_account", event.at, before=before, after=after, reason=event.reason)

    def _leave(self, event: CustomerLeft) -> None:
        customer, day = self._users[event.customer_id], bank_calendar().business_date(event.at)
        customer.exited_on = day.isoformat()
        self._totals.count(self._currency_of(customer), day, customer.user_id, "customers_exited")
        after = {"exited_on": customer.exited_on}
        self._record(customer, "exit", event.at, after=after, reason=event.reason)
        self._changed(customer)

    def _currency_of(self, customer: User) -> str:
        return next(a.currency for a in self._accounts.values() if a.owner_id == customer.user_id)

    def _changed(self, customer: User) -> None:
        self._profiles[customer.user_id] = customer.profile()

    def _record(self, item: Any, action: str, at: datetime, **more: Any) -> None:
        """The change's audit record. Imported customers have none of their own: the import's record stands for them."""
        if self._audited:
            with trace.within(""):  # a run that is taken up again computes the same records again
                entry = audit.record(item, action, actor=self._actor, now=at, **more).item
            self._papers[entry.hash_key] = entry

    # --- loans ---------------------------------------------------------------------------------

    def _open_loan(self, event: NewLoan) -> None:
        loan = self._shelf.open(event)
        self._states[event.loan_id] = loan.state()
        counted, action = (LOANS_DECLINED, "decline") if loan.stage == DECLINED else (LOANS_APPROVED, "approve")
        self._totals.count(event.currency, bank_calendar().business_date(event.asked_at), event.loan_id, counted)
        _, after = shown_change(LoanState("", Terms(0, 0, 0)), event.state)
        self._record(loan, action, event.at, after=after | {"offer": loan.offer})

    def _move_loan(self, event: LoanMove) -> None:
        refused = self.counts.refused.total()
        if event.loan_id in (event.instruction.debit, event.instruction.credit):
            split = split_of(self._shelf.state(event.loan_id), event.state)
            self._states[event.loan_id] = replace(self._states[event.loan_id], split=split)
        day = self._move(Move(event.instruction, event.at))
        if self.counts.refused.total() != refused or day is None:
            raise AssertionError(f"loan {event.loan_id}: its {event.action} was refused")
        self._change_loan(event.loan_id, event.state, event.action, event.at, day)

    def _loan_now(self, event: LoanNow) -> None:
        day, before = bank_calendar().business_date(event.at), self._shelf.state(event.loan_id)
        if added := event.state.capitalised - before.capitalised:
            self._totals.count(before.currency, day, event.loan_id, CAPITALISED_UNPOSTED, added)
        self._change_loan(event.loan_id, event.state, event.action, event.at, day)

    def _change_loan(self, loan_id: str, state: LoanState, action: str, at: datetime, day: date) -> None:
        loan, before, after = self._shelf.change(loan_id, state, day)
        self._record(loan, action, at, before=before, after=after)

    # --- movements -----------------------------------------------------------------------------

    def _move(self, event: Move) -> date | None:
        """Post it; its business date, None when the ledger refused it."""
        day = bank_calendar().business_date(event.at)
        self._reach(day)
        try:
            decided = ledger.plan(event.instruction, self._states, event.at, day)
        except Refused as refusal:
            self.counts.refused[refusal.code] += 1
            return None
        movement = decided.movement
        people = self._people(movement)
        risk = {cid: self._risk_of(cid) for cid in people}
        verdict = self._screener.decide(movement, risk, {cid: self._profiles[cid] for cid in people})
        final = ledger.finish(decided, verdict.badge, {cid: self._profiles[cid].segment for cid in people})
        for state in final.states:
            self._states[state.account_id] = state
        self._post(final.movement)
        self._screener.absorb(final.movement, verdict, risk, self._papers)
        newcomers = [cid for cid in people if is_new(self._users[cid], movement.business_date)]
        self._totals.add(final.movement, newcomers, verdict)
        self.counts.add(final.movement, verdict.badge, verdict.findings)
        return movement.business_date

    def _people(self, movement: Movement) -> list[str]:
        ids = {line.owner_id for line in movement.lines} | {movement.conductor_id}
        return sorted(ids & self._users.keys())

    def _risk_of(self, customer_id: str) -> Any:
        if customer_id not in self._risk:
            self._risk[customer_id] = self._screener.load(None)
            self._activities[customer_id] = CustomerActivity(user_id=CustomerActivity.key(customer_id), version=1)
        return self._risk[customer_id]

    def _post(self, movement: Movement) -> None:
        shard = self._totals.shard(movement.movement_id)
        seen = [seen_before(line, self._activities.get(line.owner_id)) for line in movement.lines]
        self.postings += [wire.posting(line, shard, when) for line, when in zip(movement.lines, seen, strict=True)]
        for line in movement.lines:
            if line.own and line.owner_id in self._activities:
                self._activities[line.owner_id].last_movement_on = line.business_date
            if line.amount > 0 and line.deposit:
                self._funded.setdefault(line.owner_id, line.business_date)
        if movement.type == ledger.INSTRUMENT:
            entry = entry_of(movement.lines[0])
            self._papers[entry.transaction_id] = entry

    def balances(self) -> Counter[str]:
        """The sum of all balances by currency."""
        found: Counter[str] = Counter()
        for state in self._states.values():
            found[state.currency] += state.balance
        return found

    # --- what is stored at the end; people and deposits are let go as they are given out: many megabytes ---

    def totals(self) -> Iterator[Raw]:
        """The day shards and cube cells, as DynamoDB takes them."""
        return self._totals.items()

    def people(self) -> Iterator[Item]:
        """The customers, the locks on their addresses, their risk states."""
        for customer_id in list(self._users):
            customer = self._users.pop(customer_id)
            customer.file_under_name()
            customer.file_for_review()
            yield customer
            if customer.email:
                yield EmailLock(user_id=EmailLock.key(customer.email), version=1, holder_id=customer_id)
            if activity := self._activities.pop(customer_id, None):
                activity.state = self._screener.dump(self._risk.pop(customer_id))
                yield activity

    def papers(self) -> Iterator[Item]:
        """Alerts, findings, audit records, the loan book of each day."""
        yield from self._papers.values()
        yield from self._shelf.books()

    def tapes(self) -> Iterator[Item]:
        """What the bank was at each month end."""
        yield from self._months.items()

    def deposits(self) -> Iterator[Item]:
        """The accounts, at their last state."""
        for account_id in list(self._accounts):
            account = self._accounts.pop(account_id)
            account.take(self._states[account_id])
            account.file_in_book()
            yield account
        yield from self._shelf.finished(self._states)
