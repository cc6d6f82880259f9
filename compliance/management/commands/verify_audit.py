"""`manage.py verify_audit [--subject SUBJECT]`: prove the audit trail; names the first broken record of each kind."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloudbank import jobs, store
from cloudbank.clock import utcnow
from cloudbank.progress import Parts, peak_megabytes
from compliance.queries.audit import VERIFY_JOB
from compliance.services.audit_check import KINDS, AuditCheck, verify_audit, verify_subject

FIRST = 300


class Command(BaseCommand):
    help = "Follow every chain of audit records; exit code 1 when one is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """All, or one subject."""
        parser.add_argument("--subject", help='one subject\'s chain only, as "user#usr_..." (leaves no run record)')

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the result; the run's record keeps it for the page of the chains."""
        try:
            check = self._one(options["subject"]) if options["subject"] else self._all()
        except (jobs.Held, jobs.Lost, store.StoreError) as error:
            raise CommandError(str(error)) from error
        for problem in check.told:
            self.stderr.write(f"BROKEN {problem.code} ({problem.count}): {KINDS[problem.code]}. First: {problem.first}")
        if check.problems:
            raise CommandError(
                f"{len(check.problems)} kinds of damage in the audit trail; {check.records} records read."
            )
        self.stdout.write(
            f"The audit trail is whole: {check.items} items, {check.records} records, {peak_megabytes()} MB of memory."
        )

    def _one(self, subject: str) -> AuditCheck:
        check = verify_subject(subject)
        if check is None:
            raise CommandError(f'Nothing was ever recorded of "{subject}".')
        return check

    def _all(self) -> AuditCheck:
        with jobs.run(VERIFY_JOB, key="all", now=utcnow()) as run, Parts() as parts:

            def progress(part: str, done: int, total: int) -> None:
                parts.show(part, done, total)
                run.progress(done, total)

            check = verify_audit(progress)
            run.counts |= {"items": check.items, "records": check.records, "broken": len(check.problems)}
            run.counts |= {f"first {one.code}": f"({one.count}) {one.first}"[:FIRST] for one in check.told}
        return check
