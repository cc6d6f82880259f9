"""A bank before and after something secret, and all that one reader is told of it: for the tests of secrecy."""

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest.mock import patch

from django.http import HttpResponse
from django.template import Template
from django.test import Client
from pypdf import PdfReader

from accounts import watchers
from accounts.models import User
from accounts.queries.deposits import accounts_of
from accounts.sessions import SessionStore
from accounts.testing import a_customer, an_officer, signed_in
from accounts.tests.test_policy import address, methods, patterns
from cloudbank import approvals, parameters, store
from cloudbank.clock import utcnow
from cloudbank.outbox.item import SECRET, Message
from cloudbank.tables import TransactionsItem
from compliance.filings.models import ActivityReport
from compliance.filings.suspicion import continue_report, first_id, start_report
from compliance.filings.testing import reviewed, the_way_to_filed
from compliance.models import ControlNotice, CorrectiveAction
from compliance.queries import standing
from compliance.records import RECORDS
from compliance.services.evidence import add_evidence
from compliance.services.regress import escalate_actions
from compliance.services.snapshots import look_at_controls, snapshot_controls
from compliance.testing import actor, an_action, days_ago, today
from compliance.tests.test_suspicion import a_case, written
from monitoring.casework import CaseFile

SECRET_NUMBER, MARK = "31999888777666", "Quicksilver"
LISTS = (
    "/approvals", "/approvals?state=settled", "/compliance/audit", "/compliance/filings", "/cases", "/alerts",
    "/movements", "/compliance/actions", "/compliance/controls/approvals-waiting",
    "/compliance/controls/actions-overdue",
)  # fmt: skip
ASKED = (
    "/compliance/filings?form=sar", "/compliance/filings?state=settled", f"/compliance/filings?q={MARK}",
    "/approvals?kind=file_sar", "/approvals?mine=on", "/messages?state=day", "/messages?state=given_up",
    "/compliance/actions?control=sar-filing", "/compliance/actions?show=overdue", "/compliance/actions/new?control=sar-filing",
    "/compliance/audit?subject=control_notice%23control-notice%23sar-filing", "/compliance/audit/chains?subject=control_notice%23control-notice%23sar-filing",
    "/compliance/audit?actor=job:snapshot_controls", "/compliance/audit?actor=job:escalate_actions",
    "/compliance/controls/sar-actions-overdue", "/compliance/controls/approvals-waiting", "/compliance/controls/actions-overdue",
    "/compliance/controls/messages-undelivered", "/compliance/audit?action=export",
)  # fmt: skip


@dataclass
class World:
    """A customer whose case an analyst opened, and two officers; the bank's jobs ran. Nothing secret yet."""

    customer: User
    officer: User
    second: User
    case: CaseFile
    traces: tuple[str, ...] = ()
    """What tells of the secret once it is there, wherever it stands."""
    asked: tuple[str, ...] = ()
    """Addresses that name what is secret: a reader who guessed them is told nothing either."""
    samples: dict[str, str] | None = None

    @property
    def places(self) -> dict[str, str]:
        """Values for the parts of addresses. Ids derive from what they are of: all can be asked for beforehand."""
        known = {
            "user_id": self.customer.user_id, "customer_id": self.customer.user_id, "case_id": self.case.case_id,
            "alert_id": self.case.alert_ids[0], "account_id": accounts_of(self.customer.user_id)[0].account_id,
            "officer_id": self.officer.user_id, "filing_id": first_id(self.case.case_id), "code": "sar-filing", "extension": "pdf",
        }  # fmt: skip
        return known | (self.samples or {})


def a_world(*, with_snapshot: bool = True) -> World:
    """Everything that everybody may know is done: also the day's jobs, so that they do it once only."""
    customer, officer, second = a_customer(), an_officer(), an_officer(name="Olga Officer")
    world = World(customer, officer, second, a_case(person=customer))
    run_jobs()
    if with_snapshot:
        snapshot_controls(now=utcnow())
    return world


def action_of(world: World) -> CorrectiveAction:
    """The secret action as it is stored."""
    item = store.get(CorrectiveAction, world.places["action_id"])
    assert item is not None
    return item


def run_jobs() -> None:
    """What the bank does by itself."""
    standing.forget()
    look_at_controls(now=utcnow())
    escalate_actions(now=utcnow())
    standing.forget()


def made_secret(world: World) -> World:
    """A report is filed; the one that continues it waits for a second person and is late; an action on it is late too."""
    answers = dict.fromkeys(("who", "what", "when", "where", "why", "how"), MARK)
    by, now = actor(world.officer), utcnow()
    item = start_report(case_id=world.case.case_id, determined_on=today(), has_suspect=True, actor=by, now=now)
    filed = the_way_to_filed(written(item, world.officer, answers=answers), world.officer, world.second, SECRET_NUMBER)
    new = continue_report(filing_id=filed.filing_id, version=filed.version, actor=by, now=now)
    request = reviewed(written(new, world.officer, answers=answers), world.officer)
    _late_report(new.filing_id)
    action = an_action(world.officer, control="sar-filing", title=f"{MARK}: why it is late", root_cause=MARK, plan=MARK)
    action = add_evidence(
        action_id=action.transaction_id, name=f"{MARK}.pdf", content=b"%PDF-1.4 what was done", version=action.version,
        actor=by, now=now,
    )  # fmt: skip
    _late_action(action)
    run_jobs()
    _taken_by(world.officer, action, filed.filing_id)
    notice = ControlNotice.key("sar-filing")
    messages = [key for _, key in store.index_keys(Message, "worklist", SECRET)]
    assert len(messages) >= 4, "both officers were told of the control, and of the action"
    subjects = [
        f"{kind}%23{key.replace('#', '%23')}"
        for kind, key in (
            ("sar", filed.filing_id), ("sar", new.filing_id), ("approval", request.approval_id),
            ("corrective_action", action.transaction_id), ("control_notice", notice),
            ("secret_exports", f"secret-exports#{world.officer.user_id}"), ("message", messages[0]),
        )
    ]  # fmt: skip
    world.samples = {
        "filing_id": filed.filing_id, "approval_id": request.approval_id, "action_id": action.transaction_id,
        "paper": action.evidence[0].paper_id,
    }  # fmt: skip
    world.traces = (
        SECRET_NUMBER, MARK, filed.filing_id, new.filing_id, request.approval_id, action.transaction_id, notice,
        "secret-exports#", *messages,
    )  # fmt: skip
    world.asked = (
        f"/compliance/actions/{action.transaction_id}",
        *(f"/compliance/audit?subject={one}" for one in subjects),
        *(f"/compliance/audit/chains?subject={one}" for one in subjects),
        *(f"/compliance/audit?subject={one}&export=csv" for one in subjects),
    )
    return world


def _late_report(filing_id: str) -> None:
    item = store.get(ActivityReport, filing_id)
    assert item is not None
    item.determined_on, item.due_on = days_ago(40), days_ago(10)
    item.file()
    store.save([store.changed(item)])


def _late_action(item: CorrectiveAction) -> None:
    item.due_on = days_ago(20)
    item.file()
    store.save([store.changed(item)])


def _taken_by(officer: User, action: CorrectiveAction, filing_id: str) -> None:
    """The officer takes away what tells of it: that is no secret to those alone who may know."""
    client = signed_in(Client(), officer)
    for path in (
        "/compliance/controls/sar-filing?export=csv", "/compliance/filings?export=csv",
        "/compliance/filings?form=sar&export=csv", f"/compliance/filings/{filing_id}.pdf",
        f"/compliance/audit?subject=sar%23{filing_id}&export=csv", "/compliance/actions?control=sar-filing&export=csv",
        "/approvals?kind=file_sar&export=csv",
        f"/evidence/{action.transaction_id}/{action.evidence[0].paper_id}",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 200, path
        text_of(answer)


def words_of(content: bytes) -> str:
    """All that a file says: the members of a package or a workbook, the text of a PDF, what is written plainly."""
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return " ".join(f"{name} {words_of(archive.read(name))}" for name in archive.namelist())
    if content.startswith(b"%PDF-") and b"%%EOF" in content:
        text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
        return f"{text} {''.join(text.split())}"
    return content.decode(errors="replace")


def text_of(answer: HttpResponse) -> str:
    """All that the answer says, headers too."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return f"{dict(answer.headers)} {words_of(body)}"


def addresses(places: dict[str, str]) -> list[str]:
    """Every address that is read, and the lists that are searched and taken away."""
    routes = {address(route, places) for route, pattern in patterns() if "GET" in methods(pattern)}
    case = f"/cases/{places['case_id']}.json"
    return [
        *sorted(routes),
        case,
        *ASKED,
        *record_pages(places),
        *(f"{one}{'&' if '?' in one else '?'}export=csv" for one in LISTS),
    ]


def record_pages(places: dict[str, str]) -> list[str]:
    """The records of all that has to do with it, with each of their tabs, and what the find box answers."""
    keys = {
        "customers": places["customer_id"], "kyc": places["customer_id"], "accounts": places["account_id"],
        "alerts": places["alert_id"], "cases": places["case_id"], "filings": places["filing_id"],
        "staff": places["officer_id"], "actions": places.get("action_id", "act_made_up"),
        "audit": f"audit%23sar%23{places['filing_id']}%2300000001",
    }  # fmt: skip
    pages = [
        f"/compliance/records/{code}/{key}{tab}"
        for code, key in keys.items()
        for tab in ("", *(f"/{one.code}" for one in RECORDS[code].tabs), "/history")
    ]
    asked = (*(keys[code] for code in ("filings", "actions", "staff")), SECRET_NUMBER, "sar%23" + keys["filings"])
    return [*pages, *(f"/compliance/records?q={one}" for one in asked)]


CHANGING = re.compile(
    r"""csrfmiddlewaretoken"\svalue="[^"]*"|"X-CSRFToken":\s*"[^"]*"|nonce[-=]"?[\w+/=-]+|csrftoken=[^;]*|name="key"\svalue="[^"]*"|sessionid=[^;]*|req_[a-z2-7]{13}"""
)
"""What differs from one answer to the next anyway."""


def walk(client: Client, paths: list[str]) -> dict[str, tuple[int, str]]:
    """Address -> the status and all that is answered, without what differs anyway."""
    standing.forget()
    parameters.forget()
    found = {}
    with asked_once():
        for path in paths:
            answer = client.get(path)
            found[path] = (answer.status_code, CHANGING.sub("", text_of(answer)))
    return found


@contextmanager
def asked_once() -> Iterator[None]:
    """While nothing is written, what every page reads of its reader is read once: the session, the person, the number
    of waiting requests in the bar (half of all reads of a walk). Nor does the client take each template's context down.
    """
    session, person, waiting = SessionStore._stored, watchers.find, approvals.waiting_for
    sessions = cache(lambda key: session(SessionStore(key)))
    numbers = cache(lambda user_id, role: waiting(user_id, role, utcnow()))
    with (
        patch.object(SessionStore, "_stored", lambda self: sessions(self.session_key)),
        patch.object(watchers, "find", cache(person)),
        patch.object(approvals, "waiting_for", lambda user_id, role, now: numbers(user_id, role)),
        patch.object(Template, "_render", lambda self, context: self.nodelist.render(context)),
    ):
        yield


def told_by(world: World, walked: dict[str, tuple[int, str]]) -> dict[str, list[str]]:
    """Address -> the traces in its answer; what was asked for may be said back."""
    found = {}
    for path, (_, told) in walked.items():
        asked = [one for one in world.traces if one in path or one.replace("#", "%23") in path]
        if here := [one for one in world.traces if one in told and one not in asked]:
            found[path] = here
    return found


def secret_items() -> list[Any]:
    """The messages of secret events."""
    return list(
        store.load(TransactionsItem, [key for _, key in store.index_keys(Message, "worklist", SECRET)]).values()
    )
