"""`manage.py seed_demo`: a bank with five quarters of history, through the same bulk path as an import."""

import socket
import time
from argparse import ArgumentParser, BooleanOptionalAction
from datetime import date, datetime
from datetime import time as time_of_day
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from accounts.bulk.register import CannotImport
from accounts.demo.life import Demo
from accounts.models import User
from accounts.services.closing import CannotClose, close_through
from cloudbank import jobs, store
from cloudbank.clock import ONE_DAY, iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.management.demo import bank, figures, filings, investigations, kyc, loans, staff, watching, work
from cloudbank.progress import Bar
from cloudbank.roles import Role
from cloudbank.store import StoreError

JOB = "seed_demo"


class Command(BaseCommand):
    help = "Make the demo bank in an empty bank: staff, customers, five quarters of movements, alerts, sign-ins."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the bank is to be like; the same values give the same history."""
        parser.add_argument("--today", type=date.fromisoformat, metavar="DATE", help="last day of the history")
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--customers", type=int, default=300, metavar="N")
        parser.add_argument("--quarters", type=int, default=5, metavar="N", help="the present one included")
        parser.add_argument(
            "--close", action=BooleanOptionalAction, default=True, help="close the business days that are over"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse what must not be seeded; make the bank; say what there is."""
        if settings.PRODUCTION:
            raise CommandError("ENVIRONMENT is production: the demo bank has sign-ins and customers nobody must trust.")
        if options["customers"] < 30 or options["quarters"] < 1:
            raise CommandError("A demo bank has at least 30 customers and one quarter.")
        if bank.has_other_postings():
            self.stdout.write("This bank has postings of its own already; nothing was seeded.")
            return
        before = jobs.last_run(JOB)
        if before and before.state == "done" and bank.is_posted():
            self.stdout.write(f"The demo bank is there already; its sign-ins are in {staff.sign_ins_file()}.")
            return
        began = time.monotonic()
        now = utcnow()
        _free_what_was_killed(now)
        wish = bank.Wish(options["seed"], options["customers"], _until(options["today"], now), options["quarters"])
        try:
            with jobs.run(JOB, key=str(wish.seed), now=now) as run:
                self._make(wish, options["close"], run)
        except (CannotImport, CannotClose, jobs.Held, jobs.Lost, StoreError) as error:
            raise CommandError(f"{error}") from error
        self.stdout.write(f"The demo bank was made in {time.monotonic() - began:,.1f} s.")

    def _make(self, wish: bank.Wish, close: bool, run: jobs.Run) -> None:
        passwords = staff.passwords()
        people = staff.employ(passwords, utcnow())
        demo = bank.demo_of(wish, people)
        self._post(demo, run)
        staff.let_guest_in(passwords, utcnow())
        if close:
            self._close(demo, run)
        self._work(demo, people, run)
        if close:
            self.stdout.write(f"{filings.file_reports(people, demo.until)} filings.")
            figures.enter_capital(people, demo.until, settings.FISCAL_YEAR_START_MONTH)
            for nightly in ("verify_ledger", "snapshot_controls"):  # so that the first morning has its readings
                call_command(nightly, stdout=self.stdout, stderr=self.stderr)
        self.stdout.write(f"Sign-ins: {staff.sign_ins_file()}")

    def _post(self, demo: Demo, run: jobs.Run) -> None:
        if bank.is_posted():
            return
        expected = 125 * demo.customers * (demo.last - demo.first).days // 418
        with Bar("Posting", expected) as bar:

            def progress(events: int) -> None:
                bar.advance(events)
                run.progress(bar.done, expected)

            counts = bank.post(demo, now=utcnow(), progress=progress).counts
        self.stdout.write(
            f"{counts.customers:,} customers, {counts.accounts:,} accounts, {counts.movements:,} movements "
            f"({counts.postings:,} postings), {counts.suspicious:,} suspicious, {demo.first} to {demo.last}."
        )

    def _close(self, demo: Demo, run: jobs.Run) -> None:
        through = bank_calendar().business_date(demo.until) - ONE_DAY
        with Bar("Closing days", _business_days(demo)) as bar:

            def progress(done: int, total: int) -> None:
                bar.advance(done - bar.done)
                run.progress(done, total)

            days = close_through(through, demo.currency, now=utcnow(), history=True, progress=progress).days
        self.stdout.write(f"{len(days):,} business days closed.")

    def _work(self, demo: Demo, people: dict[str, User], run: jobs.Run) -> None:
        analysts = [person for person in people.values() if person.role == Role.ANALYST]
        planted = {one.customer_id for one in demo.planted()}
        with Bar("Deciding alerts") as bar:

            def progress(done: int, total: int) -> None:
                bar.advance(done - bar.done)
                run.progress(done, total)

            decided = work.decide_alerts(analysts, planted, demo.until, demo.seed, progress)
        work.open_actions(people, demo.until)
        work.ask_for_data(demo.cast()[-1].customer_id, demo.until)
        work.note_a_breach(people, demo.until)
        cases = investigations.open_cases(people, demo.until)
        loans.ask_for_loans(demo, people)
        files = kyc.keep_files(people, demo.until)
        kyc.load_sample(demo.until)
        watching.keep_lists(people, demo.until)
        watching.hold_a_wire(people, [one.customer_id for one in demo.cast()], demo.until)
        self.stdout.write(
            f"{decided:,} alerts decided, {len(work.PLANNED)} corrective actions, {cases} cases, 1 privacy request, "
            f"{files} customers' identity files, the sample sanctions list."
        )


def _until(today: date | None, now: datetime) -> datetime:
    """Where the history ends: now, or at five in the afternoon of the day asked for."""
    if today is None:
        return now
    return min(now, datetime.combine(today, time_of_day(17), bank_calendar().zone))


def _free_what_was_killed(now: datetime) -> None:
    """A run that was killed on this host cannot give its lease back: do not make a newcomer wait for its end."""
    lease = store.get(jobs.Lease, jobs.Lease.key(JOB))
    if lease is None or lease.until <= iso(now):
        return
    host, _, process = lease.holder.rpartition(":")
    if host == socket.gethostname() and not Path(f"/proc/{process}").exists() and Path("/proc/self").exists():
        lease.until = ""
        store.save([store.changed(lease)])


def _business_days(demo: Demo) -> int:
    """How many business days the history has."""
    return sum(1 for _ in bank_calendar().days(demo.first, demo.last))
