"""Columns and links that several drill-downs share."""

from datetime import date
from typing import Any

from django.urls import reverse

from cloudbank.lists import Column


def person_url(user_id: str) -> str:
    """The page of a person."""
    return reverse("person", args=[user_id])


def kyc_url(user_id: str) -> str:
    """The page on which a customer's identity is decided."""
    return reverse("kyc_file", args=[user_id])


def customer_columns(date_label: str, date_field: str) -> tuple[Column, ...]:
    """A customer with their risk, identity status and the date that matters."""
    return (
        Column("name", "Customer", main=True, link=_customer, note="user_id"),
        Column("risk_rating", "Risk", "severity"),
        Column("kyc_status", "Identity", "badge"),
        Column("first_account_on", "First account", "date", value=lambda item: _day(item.first_account_on)),
        Column(date_field, date_label, "date", value=lambda item: _day(getattr(item, date_field))),
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _customer(item: Any) -> str:
    return person_url(item.user_id)
