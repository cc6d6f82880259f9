"""The bank's movements over one or several business days, newest first."""

from dataclasses import dataclass
from datetime import date, timedelta

from accounts.models import Posting
from accounts.queries.ledger import PostingFilter, postings_of_day

MOST_DAYS = 92


@dataclass(frozen=True)
class MovementPage:
    """Some movements, each by the line that stands for it, and the cursor of what follows ("" at the end)."""

    rows: list[Posting]
    cursor: str


def movements_page(
    first: date, last: date, currency: str, narrowed: PostingFilter, *, cursor: str = "", limit: int = 50
) -> MovementPage:
    """One page over the business days from `last` back to `first`, at most MOST_DAYS of them."""
    text, _, within = cursor.partition("|")
    day = date.fromisoformat(text) if text else last
    oldest = max(first, last - timedelta(days=MOST_DAYS - 1))
    rows: list[Posting] = []
    while day >= oldest:
        page = postings_of_day(day, currency, narrowed=narrowed, cursor=within, limit=limit - len(rows))
        rows += page.rows
        if page.cursor:
            return MovementPage(rows, f"{day.isoformat()}|{page.cursor}")
        day, within = day - timedelta(days=1), ""
        if len(rows) >= limit:
            return MovementPage(rows, f"{day.isoformat()}|" if day >= oldest else "")
    return MovementPage(rows, "")
