"""`manage.py prove_posting POSTING_ID`: prove, as JSON, that a sealed day holds a posting.

Who has the JSON and the seals that the bank has published needs neither the bank nor its tables to check it:
the posting's hash and the path give the root, the root is part of what the seal is made of.
"""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import merkle
from accounts.ledger import line_hash
from accounts.models import ClosedDay, Posting
from accounts.queries.lines import day_lines
from cloudbank import store


class Command(BaseCommand):
    help = "Print the posting, its hash, the path to its day's Merkle root, and the day's seal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which posting."""
        parser.add_argument("posting_id")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prove it; CommandError when it cannot be proven."""
        posting = store.get(Posting, options["posting_id"])
        if posting is None:
            raise CommandError(f"There is no posting {options['posting_id']}.")
        line = posting.line()
        sealed = store.get(ClosedDay, ClosedDay.key(line.currency, line.business_date))
        if sealed is None:
            raise CommandError(f"{line.business_date} is not sealed yet; run close_day once it is over.")
        hashes = [one.hash for one in day_lines(date.fromisoformat(line.business_date), line.currency)]
        changed = bool(line.missing) or line_hash(line) != line.hash
        if changed or line.hash not in hashes or merkle.root(hashes) != sealed.postings_hash:
            raise CommandError(f"{line.business_date} does not hold what it was sealed with; run verify_ledger --full.")
        proof = {
            "posting": asdict(line),
            "posting_hash": line.hash,
            "path": merkle.path(hashes, line.hash),
            "root": sealed.postings_hash,
            "business_date": line.business_date,
            "seal": sealed.seal,
        }
        self.stdout.write(json.dumps(proof, indent=1, ensure_ascii=False))
