"""What the metrics of customers share: their sheet, and the people behind a number. Pure."""

from datetime import date

from reporting.sheet_rows import SheetRows

SHEET = "customers"
PEOPLE = SheetRows(SHEET, "Person", "person")


def days_between(first: str, last: str) -> int:
    """Calendar days from one ISO date to another."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days
