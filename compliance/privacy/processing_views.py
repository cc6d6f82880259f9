"""The page of the register of processing, and its file."""

from typing import Any

from django.conf import settings

from cloudbank.clock import utcnow
from cloudbank.lists import Column, ListQuery, ListView, Page
from compliance.privacy.periods import register


class ProcessingList(ListView):
    """For what purposes the bank processes personal data (GDPR art. 30)."""

    name, title, icon = "processing", "Register of processing", "journal-text"
    intro = "For what purposes the bank processes personal data, of whom, on which basis, for how long (GDPR art. 30)."
    permission_required = "compliance.view_control"
    template_name = "compliance/privacy_desk.html"
    columns = (
        Column("purpose", "Purpose", main=True, note="basis"),
        Column("persons", "Of whom"),
        Column("data", "Data"),
        Column("recipients", "Recipients", note=lambda one: f"Abroad: {one.transfers}"),
        Column("kept", "Kept"),
        Column("security", "Protected by"),
    )
    file_columns = tuple(
        Column(key, label)
        for key, label in (
            ("purpose", "Purpose"),
            ("basis", "Lawful basis"),
            ("persons", "Categories of persons"),
            ("data", "Categories of data"),
            ("recipients", "Recipients"),
            ("transfers", "Transfers to third countries"),
            ("kept", "Time limits for erasure"),
            ("security", "Technical and organisational measures"),
        )
    )

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """All of it: it is declared, not stored."""
        return Page(register(utcnow()))

    def export_facts(self) -> list[tuple[str, str]]:
        """Who the controller is, before the rest."""
        return [("Controller", settings.BANK_NAME), *super().export_facts()[1:]]

    def extra_context(self) -> dict[str, Any]:
        """The tab."""
        return {"tab": "privacy"}
