"""KYC reviews: a customer's identity, rating with its working, papers, owners."""

from typing import Any

from django.urls import reverse

from accounts.models import User
from cloudbank.lists import Column, Page
from cloudbank.templatetags.bank import badge, severity
from compliance.kyc.models import KycFile
from compliance.kyc.queries import customer, file_of
from compliance.records import record, tabs
from compliance.records.screen import Facts, Group, Link, Screen, Tab
from compliance.records.shown import DASH, on, page_of

OWNERS = (
    Column("name", "Person", main=True, note="title"),
    Column("part", "Part", value=lambda one: "Controls it" if one.control else "Owns it"),
    Column("percent", "Share", value=lambda one: one.percent if one.share else ""),
    Column("country", "Country"),
)
RATING = (
    Column("label", "Factor", main=True, note="words"),
    Column("points", "Points", "number"),
    Column("floor", "At least", value=lambda one: one.floor.capitalize()),
)


def _paper_url(item: User) -> str:
    return reverse("kyc_paper", args=[item.user_id])


def _facts(item: User, reader: Any) -> Facts:
    kyc = file_of(item.user_id)
    rated = kyc.working
    return [
        ("Identity", badge(item.kyc_status), ""),
        ("Decided", on(item.kyc_decided_on), ""),
        ("Kind", "Company" if item.is_company else "Person", ""),
        ("Risk", severity(item.risk_rating), f"{rated.points} points" if rated else "no rating was worked out"),
        ("Rated", on(kyc.rated_on), ""),
        ("Next review", on(item.kyc_review_on), ""),
        ("Enhanced review until", on(item.enhanced_due), ""),
        ("Papers", f"{len(kyc.papers)}", ""),
        ("Owners", f"{len(kyc.owners)}" if item.is_company else DASH, "nobody owns as much" if kyc.no_owner else ""),
        ("Screened when registered", item.screened or "no list was loaded", ""),
    ]


def _owners(item: User, reader: Any, cursor: Any, limit: int) -> Page:
    return page_of(file_of(item.user_id).all_owners(), cursor, limit)


def _rating(item: User, reader: Any, cursor: Any, limit: int) -> Page:
    working = file_of(item.user_id).working
    return page_of(working.parts if working else (), cursor, limit)


KYC = record(
    Screen[User](
        code="kyc",
        title="KYC reviews",
        one="Identity of a customer",
        icon="person-vcard",
        intro="Who customers are: decisions, ratings, papers, owners, and when each is looked at again.",
        group=Group.WORK,
        permission="compliance.view_kyc",
        list_url=lambda: reverse("kyc"),
        find=customer,
        key=lambda item: item.user_id,
        name=lambda item: f"Identity of {item.name}",
        badge=lambda item: badge(item.kyc_status),
        facts=_facts,
        subjects=lambda item: (f"kyc_file#{KycFile.key(item.user_id)}", f"user#{item.user_id}"),
        work_url=lambda item: reverse("kyc_file", args=[item.user_id]),
        tabs=(
            tabs.papers_tab(lambda item: item.user_id),
            Tab("rating", "Rating", RATING, _rating, "", "No rating was worked out yet."),
            Tab("owners", "Owners", OWNERS, _owners, "", "No owner is named.", lambda item: item.is_company),
        ),
        change=Link("Add a paper", "compliance.add_kyc_paper", _paper_url, "upload"),
        kinds={"kyc_file": lambda key: key.removeprefix(KycFile.key(""))},
    )
)
