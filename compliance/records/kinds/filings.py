"""Filings. Whoever may not know of a form is answered as if there was none of it (31 CFR 1020.320(e))."""

from typing import Any

from django.urls import reverse

from accounts.names import branch_name, channel_name, type_name
from cloudbank.lists import Column, Page
from cloudbank.money import format_amount
from compliance.filings.life import VIEW, filing
from compliance.filings.models import CashReport, Filing
from compliance.filings.rows import Row
from compliance.filings.terms import CTR, DECISIONS, FORM_NUMBERS, OFAC, ROLES, SAR
from compliance.records import record
from compliance.records.screen import Facts, Group, Screen, Tab
from compliance.records.shown import DASH, at, by, link, moment, named, on, page_of, record_url, today


def _where(one: dict[str, Any]) -> str:
    return branch_name(one["branch"]) if one["channel"] == "branch" else channel_name(one["channel"])


def _receipt(one: dict[str, Any]) -> str:
    return reverse("receipt", args=[one["movement_id"]])


def _customer(one: dict[str, Any]) -> str:
    return record_url("customers", one["person_id"]) if one.get("person_id") else ""


LINES = (
    Column("what", "Movement", main=True, value=lambda one: type_name(one["type"]), link=_receipt),
    Column("at", "When", "time", value=lambda one: at(one["at"])),
    Column("where", "Where", value=_where),
    Column("amount", "Amount", "balance", currency="currency"),
)
PERSONS = (
    Column("name", "Person", main=True, value=lambda one: one.get("name") or one.get("person_id"), link=_customer),
    Column("part", "Part", value=lambda one: ROLES.get(one.get("role", ""), "Named in it")),
    Column("person_id", "Customer"),
)


def _lines(item: Filing, reader: Any, cursor: Any, limit: int) -> Page:
    lines = item.lines if isinstance(item, CashReport) else []
    return page_of([one | {"currency": item.currency} for one in lines], cursor, limit)


def _persons(item: Filing, reader: Any, cursor: Any, limit: int) -> Page:
    return page_of(item.persons, cursor, limit)


def _facts(item: Filing, reader: Any) -> Facts:
    row, people = Row(item, today()), named([item.drafted_by, item.reviewed_by, item.approved_by, item.filed_by])
    return [
        ("Form", row.form, FORM_NUMBERS[item.FORM]),
        ("About", row.about, ""),
        ("Amount", f"{format_amount(item.total, item.currency)} {item.currency}", ""),
        ("Due", on(item.due_on), row.left),
        ("Drafted", moment(item.drafted_at), by(people, item.drafted_by)),
        ("Reviewed", moment(item.reviewed_at), by(people, item.reviewed_by)),
        ("Decision asked for", DECISIONS.get(item.decision, DASH), ""),
        ("Approved", moment(item.approved_at), by(people, item.approved_by)),
        ("Settled", on(item.filed_on), by(people, item.filed_by)),
        (row.number_name, item.acknowledgement or DASH, ""),
        ("Corrects", link(item.prior_number, "record", "filings", item.amends) if item.amends else DASH, item.why),
    ]


FILINGS = record(
    Screen[Filing](
        code="filings",
        title="Filings",
        one="Filing",
        icon="send",
        intro="Reports to FinCEN and OFAC, from the draft to the acknowledgement.",
        group=Group.WORK,
        permission=VIEW[CTR],
        list_url=lambda: reverse("filings"),
        find=filing,
        may=lambda item, reader: bool(reader.has_perm(VIEW[item.FORM])),
        key=lambda item: item.filing_id,
        name=lambda item: Row(item, today()).title,
        badge=lambda item: Row(item, today()).status,
        facts=_facts,
        subjects=lambda item: (f"{item.FORM}#{item.filing_id}",),
        work_url=lambda item: reverse("filing", args=[item.filing_id]),
        tabs=(
            Tab("movements", "Movements", LINES, _lines, "", "It lists none.", lambda item: item.FORM == CTR),
            Tab("persons", "Persons", PERSONS, _persons),
        ),
        kinds={CTR: str, SAR: str, OFAC: str},
        prefixes=("ctr_", "sar_", "ofac_"),
    )
)
