"""A statement file takes two people: one brings it and asks, another approves exactly what it would post.

Its entries are money that no funds and no limits hold back, so nobody lets a file run alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts import numbers
from accounts.ledger import Actor
from accounts.models import DepositAccount
from accounts.models.statement_files import CHECKED, RUNNING, STOPPED, StatementImport
from accounts.queries.deposits import accounts
from accounts.queries.people import users
from accounts.services.statement_files import CannotImport, Checked, Part, existing, recheck
from accounts.services.statement_scope import does_something, result_of, scope_of
from accounts.statement_files.matching import CONFLICT, DUPLICATE, NEW
from accounts.statement_files.parts import Malformed
from cloudbank import approvals, audit, store
from cloudbank.approvals import Approval, Outcome, Shown, same_person
from cloudbank.audit import subject_of
from cloudbank.clock import from_iso
from cloudbank.conf import bank_calendar
from cloudbank.documents import Damaged, NotStored
from cloudbank.ids import new_id
from cloudbank.money import format_amount
from cloudbank.wording import day

IMPORT = "import_statement"
MOST_ACCOUNTS = 50
"""So many are read and approved in one go; the request's item has room for about five times as many."""


def ask_import(*, import_id: str, actor: Actor, name: str, now: datetime) -> Approval:
    """Ask for a file to be posted; while a request for it waits, that one. Raises CannotImport, NotAllowed.

    Also raises Malformed, documents.Damaged and documents.NotStored when the kept file cannot be used.
    """
    item = existing(import_id)
    checked = _importable(item)
    sealed = {"sha256": checked.sha256, "scope": scope_of(checked), "result": result_of(checked)}
    try:
        return approvals.ask(
            code=IMPORT,
            content={"import_id": import_id} | sealed,
            about=subject_of(item),
            key=new_id("ask"),
            reason=f"Statement file {item.file_name}",
            actor=actor,
            name=name,
            now=now,
        )
    except approvals.AlreadyAsked as asked:
        return asked.request


def requests_of(item: StatementImport) -> list[Approval]:
    """All requests about an import, newest first. One index query."""
    return [one for one in approvals.concerning(subject_of(item)) if one.code == IMPORT]


def pending_of(asked: Iterable[Approval], now: datetime) -> Approval | None:
    """The one of them that waits for a decision."""
    return next((one for one in asked if one.state_at(now) == approvals.PENDING), None)


def _importable(item: StatementImport) -> Checked:
    if item.state not in (CHECKED, STOPPED):
        raise CannotImport("This file is being posted, or is posted already.")
    checked = recheck(item)
    if not does_something(checked):
        raise CannotImport("Nothing in this file is new; there is nothing to post.")
    if len({part.number for part in checked.parts}) > MOST_ACCOUNTS:
        raise CannotImport(f"A file may hold statements of at most {MOST_ACCOUNTS} accounts. Have it split.")
    return checked


@approvals.effect(
    IMPORT,
    label="Post a statement file",
    icon="file-earmark-arrow-down",
    asks="accounts.import_statement",
    permission="accounts.approve_statement",
)
class ImportStatement(approvals.Effect):
    """The file runs from the decision on: its entries are posted in stretches, by the pages and the end of the day."""

    refusals = (CannotImport, Malformed, Damaged)
    doubts = (NotStored,)

    def shown(self, content: Any, now: datetime) -> Shown:
        """The file, and for each account whose it is, what comes in and goes out, what it held and will hold."""
        item, checked = _same(content)
        counts, maker = checked.counts, users([item.made_by]).get(item.made_by)
        brought_on = bank_calendar().local(from_iso(item.made_at)).date()
        ours = list(_effects(checked))
        words = {DUPLICATE: "in the books already", CONFLICT: "in conflict", "left_out": "left out"}
        passed = ", ".join(f"{counts[what]:,} {said}" for what, said in words.items() if counts[what])
        return Shown(
            f"Post {_counted(counts[NEW])} of {item.file_name}",
            facts=[
                ("File", item.file_name, f"{item.format}, {item.size:,} bytes, SHA-256 {item.sha256[:12]}..."),
                ("Brought by", maker.name if maker else item.made_by, day(brought_on)),
                *(fact for one in ours for fact in one.facts),
                ("Not posted", passed or "none", ""),
            ],
            changes=[change for one in ours for change in one.changes],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """Only while it would post the same."""
        _same(request.content)

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """It runs, in the transaction of the decision, if it would still post the same; held to what was approved."""
        item, _ = _same(request.content)
        if same_person(item.made_by, actor.user_id):
            raise CannotImport("You brought this file yourself; another person must approve it.")
        before, item.state, item.why = {"state": item.state}, RUNNING, ""
        item.approved_by, item.approval, item.scope = actor.user_id, request.approval_id, request.content["scope"]
        item.file_as_work()
        after = {
            "state": RUNNING,
            "brought_by": item.made_by,
            "asked_by": request.maker_id,
            "approval": request.approval_id,
            "sha256": item.sha256,
            "scope": item.scope,
        }
        entry = audit.record(
            item, "confirm_statement", actor=actor, now=now, before=before, after=after, reason=request.reason
        )
        said = "Its entries are being posted; open the file to see them through."
        return Outcome(said, self.link(request.content)[1], [store.changed(item), entry])

    def link(self, content: Any) -> tuple[str, str]:
        """The file's page."""
        return "Open the file", reverse("statement_file", args=[content["import_id"]])


def _same(content: Any) -> tuple[StatementImport, Checked]:
    """The import as it was asked about, and what it would do: the very same as then."""
    item = existing(content["import_id"])
    checked = _importable(item)
    if checked.sha256 != content["sha256"] or result_of(checked) != content["result"]:
        raise CannotImport(
            "Since this was asked, the books changed and other entries of the file are new. Look at it and ask again."
        )
    return item, checked


@dataclass(frozen=True)
class _Effect:
    """What the file does to one account."""

    parts: list[Part]
    ours: DepositAccount | None
    owner: str

    @property
    def _opening(self) -> int:
        opening = self.parts[0].statement.opening
        return opening.amount if opening and self.parts[0].opens else 0

    @property
    def facts(self) -> list[tuple[str, str, str]]:
        """Its rows in the request."""
        amounts = [one.entry.amount for part in self.parts for one in part.having(NEW)]
        came, went = [one for one in amounts if one > 0], [one for one in amounts if one < 0]
        number = self.parts[0].number
        rows = [
            ("Named in the file", str(self.parts[0].statement.holder), ""),
            ("Our account", numbers.grouped(number) if self.ours else "a new account", self.owner),
            ("Opening balance", self._money(self._opening) if self._opening else "", "posted when it is opened"),
            ("Money in", self._money(sum(came)), _counted(len(came))),
            ("Money out", self._money(-sum(went)), _counted(len(went))),
            ("Closing balance in the file", *self._closing()),
        ]
        return [row for row in rows if row[1]]

    def _closing(self) -> tuple[str, str]:
        """What the file says the account holds in the end, and by how much ours would differ."""
        closing = self.parts[-1].statement.closing
        if closing is None:
            return "", ""
        apart = self._after - closing.amount
        return self._money(closing.amount), f"ours will differ by {self._money(apart)}" if apart else "ours will agree"

    @property
    def _before(self) -> int:
        return self.ours.balance if self.ours else 0

    @property
    def _after(self) -> int:
        return self._before + self._opening + sum(part.sum_new for part in self.parts)

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """Its balance before and after."""
        label = f"Balance of {numbers.masked(self.parts[0].number)}"
        return [(label, self._money(self._before) if self.ours else "not open yet", self._money(self._after))]

    def _money(self, amount: int) -> str:
        currency = self.parts[0].statement.currency
        return f"{format_amount(amount, currency)} {currency}"


def _effects(checked: Checked) -> Iterator[_Effect]:
    """Account by account, in the order of the file; the statements of one account are one effect."""
    parts: dict[str, list[Part]] = {}
    for part in checked.parts:
        parts.setdefault(part.number, []).append(part)
    ours = accounts(parts)
    owners = {number: one.owner_id or "" for number, one in ours.items()}
    people = users({*owners.values(), checked.choice.open_for} - {""})
    for number, some in parts.items():
        owner = people.get(owners.get(number, checked.choice.open_for))
        yield _Effect(some, ours.get(number), owner.name if owner else "an unknown owner")


def _counted(number: int) -> str:
    return f"{number:,} new {'entry' if number == 1 else 'entries'}"
