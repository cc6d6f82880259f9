"""Customers: what is known of them, masked; their accounts, movements, alerts, cases, filings, papers, requests."""

from typing import Any

from django.urls import reverse

from accounts.models import User
from accounts.names import product_name
from accounts.queries.deposits import accounts_of
from accounts.views.person_facts import facts_of
from cloudbank.lists import Column, Page
from cloudbank.templatetags.bank import badge
from compliance.kyc.models import KycFile
from compliance.kyc.queries import customer
from compliance.records import record, tabs
from compliance.records.screen import Group, Screen, Tab
from compliance.records.shown import day, page_of, record_url

ACCOUNTS = (
    Column("account_id", "Account", "account", main=True, link=lambda one: record_url("accounts", one.account_id)),
    Column("product", "Product", value=lambda one: product_name(one.product)),
    Column("status", "State", "badge"),
    Column("opened", "Opened", "date", value=lambda one: day(one.opened_on)),
    Column("closed", "Closed", "date", value=lambda one: day(one.closed_on)),
    Column("balance", "Balance", "balance", currency="currency"),
)


def _accounts(item: User, reader: Any, cursor: Any, limit: int) -> Page:
    return page_of(accounts_of(item.user_id), cursor, limit)


def _id(item: User) -> str:
    return item.user_id


CUSTOMERS = record(
    Screen[User](
        code="customers",
        title="Customers",
        one="Customer",
        icon="people",
        intro="People and companies that bank here, with all that belongs to them.",
        group=Group.WHO,
        permission="accounts.view_customer",
        list_url=lambda: reverse("customers"),
        find=customer,
        key=_id,
        name=lambda item: item.name,
        badge=lambda item: badge("disabled") if item.disabled else badge(item.kyc_status),
        facts=lambda item, reader: facts_of(item, unmasked=False),
        subjects=lambda item: (f"user#{item.user_id}", f"kyc_file#{KycFile.key(item.user_id)}"),
        work_url=lambda item: reverse("person", args=[item.user_id]),
        tabs=(
            Tab("accounts", "Accounts", ACCOUNTS, _accounts, "accounts.view_any_account", "No account was opened yet."),
            tabs.movements_tab(_id),
            tabs.alerts_tab(_id),
            tabs.cases_tab(_id),
            tabs.filings_tab(_id),
            tabs.papers_tab(_id),
            tabs.requests_tab(_id),
        ),
        kinds={"user": str},
        prefixes=("usr_",),
    )
)
