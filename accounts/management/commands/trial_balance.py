"""`manage.py trial_balance [--on DATE]`: every book and house account; exit code 1 unless it foots to zero."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.queries.totals import end_of
from accounts.trial import trial_balance
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.money import format_amount


class Command(BaseCommand):
    help = "Print the trial balance of a currency at the end of a business date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The day, the currency."""
        parser.add_argument("--on", type=date.fromisoformat, help="business date (default: today)")
        parser.add_argument("--currency", default=settings.BANK_CURRENCY)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the rows, debits before credits."""
        currency, day = options["currency"], options["on"] or business_date(utcnow())
        try:
            balance = trial_balance(end_of(day, currency))
        except store.StoreError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Trial balance in {currency} at the end of {day}")
        for row in balance.rows:
            debit, credit = (format_amount(side, currency) if side else "" for side in (row.debit, row.credit))
            self.stdout.write(f"{row.name:<24}{row.kind:<12}{debit:>20}{credit:>20}")
            for name, amount in row.parts:
                self.stdout.write(f"  {name + ', net':<22}{format_amount(amount, currency):>32}")
        sums = (format_amount(side, currency) for side in (balance.debits, balance.credits))
        self.stdout.write(f"{'':<36}{next(sums):>20}{next(sums):>20}")
        if balance.residual:
            raise CommandError(
                f"The books do not foot: {format_amount(balance.residual, currency)} {currency} is left."
            )
