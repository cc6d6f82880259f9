"""`manage.py dynamo_plan [--apply]`: how the live tables differ from what this release asks for. Never deletes."""

from argparse import ArgumentParser
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from pynamodb.exceptions import PynamoDBException

from cloudbank.tables import TABLES, connection
from cloudbank.tables.plan import BREAKS, SPARE, UNSAFE, Difference, differences

MARKS = {BREAKS: "BREAKS", UNSAFE: "unsafe", SPARE: "spare "}
CANNOT_SERVE, UNPROTECTED, NOT_ASKED = 1, 2, 3


class Command(BaseCommand):
    help = (
        "Compare the live tables with the code: tables, keys, indexes, projections, TTL, billing, and on AWS back-ups, "
        "deletion protection and the key. Exit code 0: as the code says (more than that too); 1: this release cannot "
        "serve; 2: it can, but something is not protected; 3: the tables could not be asked. Deletes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether to add what is missing."""
        parser.add_argument(
            "--apply",
            action="store_true",
            help="add missing tables, indexes (one a table and run: DynamoDB makes no two at once), TTL, back-ups and "
            "protection. Where CloudFormation made the tables, change deploy/templates/tables.yaml instead",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each difference; end with the code of the worst."""
        try:
            found = [one for base in TABLES for one in differences(base, is_amazon=self._is_amazon())]
            left = self._added(found) if options["apply"] else found
        except (BotoCoreError, ClientError, PynamoDBException) as error:
            raise CommandError(f"The tables could not be asked or changed: {error}", returncode=NOT_ASKED) from error
        for one in left:
            mend = "" if options["apply"] else self._mend(one)
            self.stdout.write(f"{MARKS[one.weight]} {one.table} {one.says}{mend}")
        weights = {one.weight for one in left}
        if BREAKS in weights:
            raise CommandError("This release cannot serve on these tables.", returncode=CANNOT_SERVE)
        if UNSAFE in weights:
            raise CommandError("The tables serve, but are not protected as they should be.", returncode=UNPROTECTED)
        self.stdout.write(f"{len(TABLES)} tables stand as this release asks.")

    def _is_amazon(self) -> bool:
        return settings.DYNAMODB_ENDPOINT_URL is None

    def _mend(self, one: Difference) -> str:
        return " (--apply adds it)" if one.adds else ""

    def _added(self, found: list[Difference]) -> list[Difference]:
        """What was not added: it would change more than it adds, or waits for another index of its table."""
        left, building = [], set[str]()
        for one in found:
            is_index = one.says.startswith("lacks the index")
            if one.adds is None or (is_index and one.table in building):
                left.append(one)
                continue
            one.adds(connection().client)
            self.stdout.write(f"added  {one.table}: it {one.says} no more")
            building |= {one.table} if is_index else set()
        return left
