"""`manage.py cost_estimate --postings-per-day N --customers M --watchers W`: what a month on AWS costs, by part."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand

from cloudbank.costs import Estimate, Size, archived, estimate

TABLE = tuple(Size(10**power, 10**power * 2, max(1, 10 ** (power - 4))) for power in range(3, 9))
"""1 thousand to 100 million movements a day, two customers for each, a watcher for each ten thousand."""


def count(text: str) -> int:
    """A whole number from 0 to a billion, also as 1_000_000."""
    try:
        number = int(text)
    except ValueError as error:
        raise ArgumentTypeError(f"'{text}' is no whole number") from error
    if not 0 <= number <= 10**9:
        raise ArgumentTypeError("from 0 to 1,000,000,000")
    return number


class Command(BaseCommand):
    help = "Estimate a month on AWS: measured units times list prices of us-east-1 (docs/cost.md says what is assumed)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The bank's size, or the table of docs/cost.md."""
        parser.add_argument("--postings-per-day", type=count, default=10_000, help="movements a day")
        parser.add_argument("--customers", type=count, default=20_000)
        parser.add_argument("--watchers", type=count, default=3, help="people who watch the alert queue all day")
        parser.add_argument("--years", type=count, default=1, help="years of history in the tables")
        parser.add_argument(
            "--table", action="store_true", help="1 thousand to 100 million movements a day, as Markdown"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print dollars a month."""
        if options["table"]:
            self.stdout.write("\n".join(table()))
            return
        size = Size(options["postings_per_day"], options["customers"], options["watchers"], options["years"])
        found = estimate(size)
        for part, dollars in found.parts.items():
            self.stdout.write(f"{part:<26}{dollars:>14,.2f}")
        self.stdout.write(f"{'USD a month':<26}{found.total:>14,.2f}")
        self.stdout.write(
            f"{found.hosts} web hosts of size {found.fleet}; {found.peak:,.1f} movements in the busiest second."
        )
        for line in found.met:
            self.stdout.write(f"Limit: {line}.")


def table() -> Iterator[str]:
    """The rows of docs/cost.md."""
    found = [estimate(size) for size in TABLE]
    yield "| USD a month | " + " | ".join(f"{size.movements:,} a day" for size in TABLE) + " |"
    yield "|---" * (len(TABLE) + 1) + "|"
    for part in found[0].parts:
        yield f"| {part} | " + " | ".join(dollars(one.parts[part]) for one in found) + " |"
    yield "| **together** | " + " | ".join(f"**{dollars(one.total)}**" for one in found) + " |"
    yield "| with closed quarters in S3 (not built) | " + " | ".join(dollars(archived(size)) for size in TABLE) + " |"
    yield (
        "| for a million movements | "
        + " | ".join(_each(size, one) for size, one in zip(TABLE, found, strict=True))
        + " |"
    )
    yield "| size, web hosts | " + " | ".join(f"{one.fleet}, {one.hosts}" for one in found) + " |"
    yield "| busiest second | " + " | ".join(f"{one.peak:,.1f}" for one in found) + " |"
    yield ""
    for size, one in zip(TABLE, found, strict=True):
        for line in one.met:
            yield f"- **{size.movements:,} a day:** {line}."


def dollars(amount: float) -> str:
    """Whole dollars from ten on."""
    return f"{amount:,.0f}" if amount >= 10 else f"{amount:,.2f}"


def _each(size: Size, found: Estimate) -> str:
    return dollars(found.total / (size.movements * 30.4) * 1e6)
