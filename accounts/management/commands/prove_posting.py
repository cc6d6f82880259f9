"""`manage.py prove_posting POSTING_ID`: prove, as JSON, that a sealed day holds a posting.

Who has the JSON and the seals that the bank has published needs neither the bank nor its tables to check it:
docs/proofs.md has the checker.
"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.services.proofs import CannotProve, prove


class Command(BaseCommand):
    help = "Print the posting, the path to its day's Merkle root, and what the day's seal is made of."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which posting."""
        parser.add_argument("posting_id")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prove it; CommandError when it cannot be proven."""
        try:
            proof = prove(options["posting_id"])
        except CannotProve as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(proof, indent=1, ensure_ascii=False))
