"""Reports by e-mail, through the outbox: each recipient gets it at least once, and that is on record."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.ledger import Actor
from accounts.models import User
from accounts.queries.people import holder_of, user
from cloudbank import audit, documents, outbox, store
from cloudbank.clock import iso, utcnow
from cloudbank.exports import safe_filename
from cloudbank.outbox import Message, NotDelivered, Receiver
from cloudbank.roles import STAFF, allows
from reporting import queries
from reporting.models import DONE, FAILED, Report, ReportRun
from reporting.writers import WRITERS

EVENT = outbox.declare("report.built", "A report is sent to a colleague", personal=True)
MAIL = "report-mail"
VIEW = "reporting.view_report"
POSTMAN = Actor("command:deliver_messages", "system", "command")
ATTEMPTS = 6


class NoRecipient(ValueError):
    """The address cannot get a report; the message says why."""


def may_get(person: User | None) -> bool:
    """Whether a report may be sent to this person: staff who may read reports, with an address."""
    return bool(person and not person.disabled and person.email and person.role in STAFF and allows(person.role, VIEW))


def recipients_from(addresses: Iterable[str]) -> list[str]:
    """The ids behind e-mail addresses. Raises NoRecipient: reports go to staff who may read them, nowhere else."""
    found = []
    for address in dict.fromkeys(one.strip().lower() for one in addresses if one.strip()):
        person = holder_of(address)
        if person is None or not may_get(person):
            raise NoRecipient(f"'{address}' is no address of a colleague who may read reports.")
        found.append(person.user_id)
    return found


def message_key(run: ReportRun) -> str:
    """One message for each time the run ended and each recipient."""
    return f"{run.transaction_id}#{run.attempt}"


def messages_to(run: ReportRun, now: datetime) -> list[store.Write]:
    """The messages that send the run's report, for the transaction that ends it."""
    facts = {"report": run.report_id, "run": run.transaction_id, "formats": run.formats}
    key = message_key(run)
    return [outbox.message(EVENT, key, facts, now=now, to=f"{MAIL}|{one}") for one in _waiting(run)]


def send_now(run: ReportRun, now: datetime) -> str:
    """Try the run's messages at once; "" when everybody has it, else what the first mail server said.

    What fails here stays in the outbox and is tried again.
    """
    keys = [outbox.message_id(EVENT, message_key(run), f"{MAIL}|{one}") for one in _waiting(run)]
    failed = outbox.deliver_these(keys, now)
    return failed[0].partition(": ")[2] if failed else ""


def _waiting(run: ReportRun) -> list[str]:
    return [one for one in run.recipients if one not in run.delivered]


@outbox.receiver(MAIL)
class ReportMail(Receiver):
    """An e-mail with the files attached, to a colleague who may still read reports when it leaves."""

    def addresses(self, message: Message) -> Sequence[str]:
        """Nobody: each message names its one address."""
        return []

    def deliver(self, address: str, message: Message) -> None:
        """Send, then write who got what. A record that cannot be written has the message sent again."""
        person, report = user(address), queries.report(message.facts["report"])
        if person is None or not may_get(person):
            raise NotDelivered("this person may not read reports any more", for_good=True)
        if report is None:
            raise NotDelivered("the report is not in the archive any more", for_good=True)
        try:
            mail = written(report, message, person)
        except (documents.Damaged, OSError) as error:
            raise NotDelivered(f"the files cannot be read: {error}") from error
        try:
            mail.send()
        except SMTPException as error:
            raise NotDelivered(f"the mail server refused it: {type(error).__name__}: {error}"[:300]) from error
        except OSError as error:
            raise NotDelivered(f"the mail server cannot be reached: {error.strerror or error}"[:300]) from error
        _recorded(report.transaction_id, person, message)


def written(report: Report, message: Message, person: User) -> EmailMessage:
    """The e-mail with its attachments, each proven to be the file that was built."""
    link = f"{str(settings.PUBLIC_URL).rstrip('/')}{reverse('report', args=[report.transaction_id])}"
    known = {"report": report, "link": link, "reference": message.message_id, "bank": settings.BANK_NAME}
    subject, _, body = render_to_string("reporting/mail/report.txt", known).lstrip().partition("\n")
    mail = EmailMessage(subject=subject.strip(), body=body.lstrip(), to=[person.email or ""])
    for code in message.facts["formats"]:
        document = report.document(code)
        if document:
            content = documents.read_document(document)
            mail.attach(safe_filename(report.stem, code), content, WRITERS[code].content_type.partition(";")[0])
    return mail


def _recorded(report_id: str, person: User, message: Message) -> None:
    after: dict[str, Any] = {"to": person.user_id, "formats": message.facts["formats"], "message": message.message_id}
    for attempt in range(ATTEMPTS):
        now, report = utcnow(), queries.report(report_id)
        if report is None:
            return
        entry = audit.record(report, "send_report", actor=POSTMAN, now=now, after=after)
        try:
            store.save([store.changed(report), entry, *_arrived(message, person.user_id, iso(now))])
            return
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise NotDelivered("sent, but not on record: it is sent again")


def _arrived(message: Message, user_id: str, at: str) -> list[store.Write]:
    """On the run: this recipient has it; a run that had failed only for the mail is done once everybody has."""
    run = store.get(ReportRun, message.facts["run"])
    if run is None or user_id in run.delivered:
        return []
    run.delivered = [*run.delivered, user_id]
    if run.state == FAILED and run.report_id and set(run.recipients) <= set(run.delivered):
        run.state, run.error = DONE, ""
    return [store.changed(run)]
