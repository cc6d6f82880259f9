"""`manage.py verify_audit [--parts N] [--subject S]`: prove the audit trail; names the first broken of each kind."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.queries.scans import WHOLE, Part
from cloudbank import jobs, store
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.progress import Parts, peak_megabytes
from compliance.queries.audit import MOST_PARTS, VERIFY_JOB
from compliance.services.audit_check import KINDS, AuditCheck, verify_audit, verify_subject

FIRST = 300


def parts(text: str) -> int:
    """A number of parts, 1 to 7."""
    if text.isdecimal() and 1 <= int(text) <= MOST_PARTS:
        return int(text)
    raise ArgumentTypeError(f"'{text}' is no number from 1 to {MOST_PARTS}")


class Command(BaseCommand):
    help = "Follow every chain of audit records; exit code 1 when one is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """All, or one subject."""
        parser.add_argument(
            "--parts", type=parts, default=1, help="read one of so many parts: another one each day, by the date"
        )
        parser.add_argument("--part", type=parts, help="with --parts: this one, whatever the date is")
        parser.add_argument("--subject", help='one subject\'s chain only, as "user#usr_..." (leaves no run record)')

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the result; the run's record keeps it for the page of the chains."""
        part = _part(options["parts"], options["part"])
        if part != WHOLE and options["subject"]:
            raise CommandError("A subject's chain is followed whole: leave out --parts.")
        try:
            check = self._one(options["subject"]) if options["subject"] else self._all(part)
        except (jobs.Held, jobs.Lost, store.StoreError) as error:
            raise CommandError(str(error)) from error
        for problem in check.told:
            self.stderr.write(f"BROKEN {problem.code} ({problem.count}): {KINDS[problem.code]}. First: {problem.first}")
        if check.problems:
            raise CommandError(
                f"{len(check.problems)} kinds of damage in the audit trail; {check.records} records read."
            )
        what = "The audit trail" if part == WHOLE else f"{part} of the audit trail".capitalize()
        self.stdout.write(
            f"{what} is whole: {check.items} items, {check.records} records, {peak_megabytes()} MB of memory."
        )

    def _one(self, subject: str) -> AuditCheck:
        check = verify_subject(subject)
        if check is None:
            raise CommandError(f'Nothing was ever recorded of "{subject}".')
        return check

    def _all(self, part: Part) -> AuditCheck:
        key = "all" if part == WHOLE else str(part)
        with jobs.run(VERIFY_JOB, key=key, now=utcnow()) as run, Parts() as bars:

            def progress(stage: str, done: int, total: int) -> None:
                bars.show(stage, done, total)
                run.progress(done, total)

            run.counts |= {} if part == WHOLE else {"part": part.number, "parts": part.of}
            check = verify_audit(progress, part)
            run.counts |= {"items": check.items, "records": check.records, "broken": len(check.problems)}
            run.counts |= {f"first {one.code}": f"({one.count}) {one.first}"[:FIRST] for one in check.told}
        return check


def _part(of: int, number: int | None) -> Part:
    """The part that is asked for, or whose turn it is on the bank's date."""
    if number is None:
        return Part(bank_calendar().local(utcnow()).date().toordinal() % of + 1, of)
    if number > of:
        raise CommandError(f"There is no part {number} of {of}.")
    return Part(number, of)
