"""`manage.py create_tables`: the three tables, their indexes and TTL. Safe to run again."""

from typing import Any

from django.core.management.base import BaseCommand

from cloudbank.tables import create_tables


class Command(BaseCommand):
    help = "Create BankingUsers, BankingAccounts and BankingTransactions where they are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each table."""
        for line in create_tables():
            self.stdout.write(line)
