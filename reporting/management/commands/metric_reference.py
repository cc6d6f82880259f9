"""`manage.py metric_reference [--output FILE]`: what every figure of the reports means, as Markdown."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.quarters import quarter_of
from reporting.metrics import in_order
from reporting.reference import as_markdown, reference


class Command(BaseCommand):
    help = "Print the definitions of all metrics as Markdown, made from their registry."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to."""
        parser.add_argument("--output", metavar="FILE", help="write the page there instead of printing it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write or print; reads no table."""
        quarter = quarter_of(business_date(utcnow()), settings.FISCAL_YEAR_START_MONTH)
        page = as_markdown(reference(in_order(), quarter, settings.BANK_CURRENCY))
        if not options["output"]:
            self.stdout.write(page, ending="")
            return
        try:
            Path(options["output"]).write_text(page, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"Cannot write {options['output']}: {error.strerror or error}.") from error
        self.stdout.write(f"Wrote {options['output']}.")
