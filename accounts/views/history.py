"""An account: its balance, its status, its history; and the accounts a person may look into."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from accounts.forms.banking import label
from accounts.forms.overview import HistoryFilter
from accounts.http import person
from accounts.instruments import instrument_of
from accounts.ledger import (
    ACTIVE,
    CAPTURE,
    CASH,
    CHARGE_OFF,
    CLOSED,
    DEPOSIT,
    DISBURSEMENT,
    FEE,
    HOUSE,
    INSTRUMENT,
    INTEREST,
    OPENING,
    RECOVERY,
    REPAYMENT,
    REVERSAL,
    SYSTEM,
    TRANSFER,
    WIRE_IN,
    WIRE_OUT,
    WIRES,
    WITHDRAWAL,
)
from accounts.ledger.planning import GIVES_MONEY
from accounts.models import Hold, Posting, User
from accounts.models.held import NEVER
from accounts.names import STANDING_ORDER, channel_name, plain, type_name
from accounts.particulars import particulars
from accounts.queries.holds import holds_on, reversed_among
from accounts.queries.ledger import PostingFilter, flows, flows_of, history
from accounts.queries.loans import visible_loan
from accounts.queries.people import users
from accounts.queries.visible import sees_all, visible_account
from accounts.readback import identity_problem, masked_name
from accounts.services.releasing import pending_release
from accounts.states import SAID
from accounts.views.access import AnyPermissionMixin
from accounts.views.past_balance import history_totals, past_balance, statement_url
from accounts.views.receipts import VIEW, memo_for
from accounts.views.state_actions import actions_for
from accounts.wires import wire_of
from cloudbank.approvals import Approval
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.lists import Column, ListQuery, ListView, Page, Totals
from cloudbank.money import format_amount
from cloudbank.templatetags.bank import when
from cloudbank.wording import day as day_in_words
from cloudbank.wording import grouped, last_four


@dataclass(frozen=True)
class Row:
    """A posting as one viewer reads it."""

    posting: Posting
    what: str
    """ "Transfer to Ma*** K***", "Cash deposit"."""
    counter: str
    """The other account's number, whole for staff, else its end; "" for the house."""
    reversed: bool = False
    memo: str = ""
    """The note as this viewer reads it."""

    @property
    def posted_at(self) -> datetime:
        """The instant of the posting."""
        return from_iso(self.posting.posted_at)

    @property
    def note(self) -> str:
        """The memo, and that it was taken back."""
        return " \N{MIDDLE DOT} ".join(part for part in ("Reversed" if self.reversed else "", self.memo) if part)

    @property
    def url(self) -> str:
        """The receipt."""
        return reverse("receipt", args=[self.posting.movement_id])


_BY_THE_BANK = frozenset({FEE, INTEREST, REVERSAL, CHARGE_OFF, DISBURSEMENT, REPAYMENT, RECOVERY})


def described(posting: Posting, name: str) -> str:
    """What the line was, from this account's side."""
    if posting.type == OPENING or posting.type in _BY_THE_BANK:
        return type_name(posting.type)
    way = "from" if posting.amount > 0 else "to"
    if posting.type == INSTRUMENT:
        return instrument_of(posting.details or "").name or type_name(posting.type)
    if posting.type in WIRES and (party := wire_of(posting.details or "").party(posting.amount > 0)):
        return f"Wire {way} {party}"
    if posting.counter in HOUSE:
        cash = posting.counter == CASH
        verb = {
            DEPOSIT: "deposit",
            WITHDRAWAL: "withdrawal",
            CAPTURE: "payment",
            WIRE_IN: "wire",
            WIRE_OUT: "wire",
        }.get(posting.type, posting.type)
        return f"Cash {verb}" if cash else f"{plain(verb)} {way} outside the bank"
    verbs = {TRANSFER: STANDING_ORDER if posting.channel == SYSTEM else "Transfer", CAPTURE: "Payment"}
    return f"{verbs.get(posting.type, type_name(posting.type))} {way} {name or 'an account'}"


def rows_for(postings: Sequence[Posting], viewer: User, taken_back: Container[str] = ()) -> list[Row]:
    """The postings with the names of the other parties; masked unless the viewer is staff or owns both sides."""
    staff = sees_all(viewer)
    people = users({posting.counter_owner for posting in postings} - {"", viewer.user_id})
    found = []
    for posting in postings:
        own = posting.counter_owner == viewer.user_id
        name = "your other account" if own else person_name(people, posting.counter_owner, staff)
        counter = "" if posting.counter in HOUSE else posting.counter
        shown = grouped(counter) if staff or own else f"\N{BULLET}\N{BULLET}\N{BULLET}\N{BULLET} {last_four(counter)}"
        was = posting.movement_id in taken_back
        memo = memo_for(posting, staff=staff)
        found.append(Row(posting, described(posting, name), shown if counter else "", was, memo))
    return found


def person_name(people: dict[str, User], user_id: str, staff: bool) -> str:
    """A name as this viewer may read it; "" for nobody."""
    found = people.get(user_id)
    if found is None:
        return ""
    return found.name if staff else masked_name(found.name)


MOST_HOLDS = 20
_WHEN = Column("posted_at", "Posted", "time")
_WHAT = Column(
    "what",
    "What",
    value="what",
    note=lambda row: row.note,
    link=lambda row: row.url,
    main=True,
)
_MEMO = Column("memo", "Note", value="memo")
_PARTICULARS = Column("details", "Particulars", value=lambda row: particulars(row.posting.details or ""))
_COUNTER = Column("counter", "Other account", value="counter")
_TAKEN_BACK = Column("reversed", "Reversed", value=lambda row: "yes" if row.reversed else "")
_CHANNEL = Column("channel", "Channel", value=lambda row: channel_name(row.posting.channel))
_BADGE = Column("badge", "Screening", "badge", value=lambda row: row.posting.badge)
_DAY = Column("business_date", "Business day", "date", value=lambda row: date.fromisoformat(row.posting.business_date))
_REFERENCE = Column("movement_id", "Reference", value=lambda row: row.posting.movement_id)
_AMOUNT = Column(
    "amount", "Amount", "money", value=lambda row: row.posting.amount, currency=lambda row: row.posting.currency
)
_AFTER = Column(
    "balance_after",
    "Balance",
    "balance",
    value=lambda row: row.posting.balance_after,
    currency=lambda row: row.posting.currency,
)
FOR_OWNER = (_WHAT, _WHEN, _COUNTER, _AMOUNT, _AFTER)
FOR_STAFF = (_WHAT, _WHEN, _COUNTER, _CHANNEL, _BADGE, _AMOUNT, _AFTER)
FILE_FOR_OWNER = (_WHEN, _DAY, _WHAT, _COUNTER, _MEMO, _PARTICULARS, _CHANNEL, _AMOUNT, _AFTER, _REFERENCE, _TAKEN_BACK)
FILE_FOR_STAFF = (*FILE_FOR_OWNER, _BADGE)


class AccountPage(AnyPermissionMixin, ListView):
    """`/accounts/<account_id>`: to a stranger it is not there; of a loan, its own page is."""

    name = "history"
    title = "History"
    permission_required = VIEW
    form_class = HistoryFilter
    template_name = "accounts/account.html"
    icon = "receipt"
    empty_title = "No movements yet"
    empty_text = "Deposits, withdrawals and transfers appear here the moment they are posted."

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the account before anything else is answered."""
        if self.has_permission():
            self.viewer = person(request)
            found = visible_account(kwargs["account_id"], self.viewer)
            if found is None:
                return self.loan_page(kwargs["account_id"])
            self.account = found
            self.columns = FOR_STAFF if sees_all(self.viewer) else FOR_OWNER
            self.title = f"History {last_four(self.account.account_id)}"  # type: ignore[misc]
        return super().dispatch(request, *args, **kwargs)

    def loan_page(self, number: str) -> HttpResponseBase:
        """The page of the loan with this number, for who may see it."""
        loan = visible_loan(number, self.viewer)
        if loan is None:
            raise Http404("no such account")
        return redirect("loan", loan_id=loan.loan_id)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Amounts in the account's currency; screening for staff only."""
        return {"currency": self.account.currency, "with_badge": sees_all(self.viewer)}

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """One page of the account's postings, newest first."""
        found = history(self.account.account_id, **self.selected(query), cursor=cursor or "", limit=limit)
        taken_back = reversed_among(row.movement_id for row in found.rows)
        return Page(rows_for(found.rows, self.viewer, taken_back), found.cursor or None)

    @staticmethod
    def selected(query: ListQuery) -> dict[str, Any]:
        """What the filter selects: first and last day, and the rest of it."""
        wanted = query.filters
        exact = PostingFilter(
            type=wanted.get("type", ""),
            badge=wanted.get("badge", ""),
            minimum=wanted.get("minimum", 0),
            maximum=wanted.get("maximum", 0),
        )
        return {"first": wanted.get("first"), "last": wanted.get("last"), "narrowed": exact}

    def totals(self, page: Page, is_all: bool) -> Totals:
        """How many, in and out: of all that is selected while that can be read, else of the page."""
        shown = flows_of(row.posting.amount for row in page.rows)
        known = shown if is_all else flows(self.account.account_id, **self.selected(self.query))
        return history_totals(known, shown, self.account, self.query)

    def export(self, extension: str) -> HttpResponseBase:
        """A file has room for more columns than a screen."""
        self.columns = FILE_FOR_STAFF if sees_all(self.viewer) else FILE_FOR_OWNER
        return super().export(extension)

    def export_facts(self) -> list[tuple[str, str]]:
        """The file also says whose history it is."""
        return [("Account", grouped(self.account.account_id)), *super().export_facts()]

    def extra_context(self) -> dict[str, Any]:
        """The account above its history."""
        account, staff = self.account, sees_all(self.viewer)
        own = account.owner_id == self.viewer.user_id
        people = users({account.owner_id or "", account.status_by or ""} - {""}) if staff else {}
        owner = people.get(account.owner_id or "")
        differs = account.held or account.overdraft_limit
        available = format_amount(account.state().available, account.currency)
        posted_at = from_iso(account.last_posted_at) if account.last_posted_at else None
        kyc = owner.kyc_status if owner else self.viewer.kyc_status if own else ""
        return {
            "account": account,
            "account_label": label(account),
            "staff": staff,
            "owner": owner,
            "owner_note": owner.email if owner else "",
            "owner_url": reverse("person", args=[owner.user_id]) if owner and self.may_view_person() else "",
            "available_note": f"{available} {account.currency} available" if differs else "",
            "last_posted": when(posted_at) if posted_at else "none yet",
            "opened_note": f"opened {day_in_words(bank_calendar().local(from_iso(account.opened_at)).date())}",
            "status_person": people.get(account.status_by or ""),
            "status_actions": actions_for(account, self.request),
            "pending_release": self.pending_release(),
            "can_move": account.status == ACTIVE and (own or self.request.user.has_perm("accounts.post_any_movement")),
            "is_closed": account.status == CLOSED,
            "state_said": SAID.get(account.status, ""),
            "holds": [(one, last_day(one)) for one in holds_on(account.account_id)[:MOST_HOLDS]],
            "may_resolve": self.request.user.has_perm("accounts.place_hold"),
            "may_hold": self.request.user.has_perm("accounts.place_hold") and account.status in GIVES_MONEY,
            "may_charge": self.request.user.has_perm("accounts.charge_fee") and account.status in GIVES_MONEY,
            "may_ask_overdraft": self.request.user.has_perm("accounts.ask_overdraft") and account.status == ACTIVE,
            "kyc_status": kyc,
            "kyc_words": identity_problem(kyc) if kyc else "",
            "query": f"?account={account.account_id}",
            "statement_url": statement_url(account.account_id),
            **past_balance(self.request, account),
        }

    def pending_release(self) -> Approval | None:
        """Who of the staff may ask for its state to be lifted sees that somebody has."""
        asks = (action.transition for action, _ in actions_for(self.account, self.request))
        return pending_release(self.account, utcnow()) if any(one.four_eyes for one in asks) else None

    def may_view_person(self) -> bool:
        """Whether the owner's page opens for this person."""
        return self.request.user.has_perm("accounts.view_customer")


def last_day(hold: Hold) -> str:
    """The last day of a hold in words; blocked money has none."""
    return "until decided" if hold.expires_on == NEVER else day_in_words(date.fromisoformat(hold.expires_on))
