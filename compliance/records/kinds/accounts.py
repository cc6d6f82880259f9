"""Deposit accounts: state and balance, movements, holds, cases."""

from typing import Any

from django.urls import reverse

from accounts.models import DepositAccount, Hold
from accounts.names import branch_name, product_name
from accounts.numbers import AccountNumberError, parse
from accounts.queries.deposits import account
from accounts.queries.visible import VIEW_ANY
from cloudbank.lists import Column, Page
from cloudbank.money import format_amount
from cloudbank.templatetags.bank import badge
from cloudbank.wording import grouped
from compliance.filings.models import JointHolders
from compliance.queries.selections import Selected, Selection
from compliance.records import record, tabs
from compliance.records.screen import Facts, Group, Link, Screen, Tab
from compliance.records.shown import DASH, at, day, moment, named, on, person_in
from monitoring.casework import ACCOUNT

HOLDS = (
    Column("amount", "Held", "balance", main=True, currency="currency"),
    Column("state", "State", "badge"),
    Column("reason", "Because"),
    Column("placed", "Since", "time", value=lambda one: at(one.placed_at)),
    Column("expires", "Last day", "date", value=lambda one: day(one.expires_on)),
    Column("resolved", "Resolved", "time", value=lambda one: at(one.resolved_at)),
)


def typed(text: str) -> str:
    """The number, with or without spaces; "" when it is none."""
    try:
        return parse(text)
    except AccountNumberError:
        return ""


def _facts(item: DepositAccount, reader: Any) -> Facts:
    people, state = named([item.owner_id, item.status_by]), item.state()

    def sum_of(minor: int) -> str:
        return f"{format_amount(minor, item.currency)} {item.currency}"

    return [
        ("Owner", person_in(people, item.owner_id), ""),
        ("Product", f"{product_name(item.product)}, {item.currency}", branch_name(item.branch)),
        ("State", badge(item.status), item.status_reason or ""),
        ("Set by", person_in(people, item.status_by), ""),
        ("Balance", sum_of(item.balance), f"{sum_of(state.available)} available"),
        ("Held", sum_of(item.held), ""),
        ("Overdraft limit", sum_of(item.overdraft_limit), ""),
        ("Opened", on(item.opened_on), f"closed {item.closed_on}" if item.closed_on else ""),
        ("Last movement", moment(item.last_posted_at), f"number {item.sequence:,}" if item.sequence else ""),
        ("Its owner last moved money", on(item.last_own_on), ""),
        ("Import", item.import_id or DASH, ""),
    ]


def _movements(item: DepositAccount, reader: Any, cursor: Any, limit: int) -> Page:
    return tabs.movements([item.account_id], reader, cursor, limit)


def _holds(item: DepositAccount, reader: Any, cursor: Any, limit: int) -> Page:
    group = Hold.subject_of(item.account_id)
    return Selected([Selection(Hold, "by_subject", group, newest_first=True)]).page(cursor, limit)


def _subjects(item: DepositAccount) -> tuple[str, ...]:
    return f"deposit_account#{item.account_id}", f"joint_holders#{JointHolders.key(item.account_id)}"


ACCOUNTS = record(
    Screen[DepositAccount](
        code="accounts",
        title="Accounts",
        one="Account",
        icon="wallet2",
        intro="Checking and savings accounts, by product, state, number or owner.",
        group=Group.WHO,
        permission=VIEW_ANY,
        list_url=lambda: reverse("all_accounts"),
        find=lambda key: account(number) if (number := typed(key)) else None,
        key=lambda item: item.account_id,
        name=lambda item: f"{product_name(item.product)} {grouped(item.account_id)}",
        badge=lambda item: badge(item.status),
        facts=_facts,
        subjects=_subjects,
        work_url=lambda item: reverse("account", args=[item.account_id]),
        work_label="Open the account",
        tabs=(
            Tab("movements", "Movements", tabs.MOVEMENTS, _movements, VIEW_ANY, "No money has moved yet."),
            Tab("holds", "Holds", HOLDS, _holds, VIEW_ANY, "No money was ever set aside."),
            tabs.cases_tab(lambda item: item.account_id, ACCOUNT),
        ),
        add=Link("Open an account", "accounts.open_any_account", lambda none: reverse("open_account")),
        kinds={"deposit_account": str, "joint_holders": lambda key: key.removeprefix(JointHolders.key(""))},
        typed=typed,
    )
)
