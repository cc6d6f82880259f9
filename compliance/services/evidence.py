"""Evidence of a corrective action: files that show what was done. Kept outside DynamoDB, proven by their hash."""

from datetime import datetime

from accounts.ledger import Actor, Refused
from cloudbank import documents
from cloudbank.clock import iso
from cloudbank.roles import allows
from compliance.models import CorrectiveAction
from compliance.services.actions import WORK, answers_for, existing, save_action
from compliance.steps import NotAllowed
from monitoring.casework import Paper
from monitoring.papers import checked_paper

MOST_PAPERS = 20


def add_evidence(
    *, action_id: str, name: str, content: bytes, version: int, actor: Actor, now: datetime
) -> CorrectiveAction:
    """Keep a file with an action: by its owner, or by who works on actions. Raises NotAllowed (field `file`)."""
    item = existing(action_id, version, actor)
    if not (answers_for(item, actor) or allows(actor.role, WORK)):
        raise NotAllowed("Only the owner of the action and compliance add evidence.")
    if item.is_closed:
        raise NotAllowed("The action is closed. Reopen it to add evidence.", "file")
    if len(item.papers) >= MOST_PAPERS:
        raise NotAllowed(f"An action holds at most {MOST_PAPERS} files.", "file")
    try:
        title, extension = checked_paper(name, content)
    except Refused as refused:
        raise NotAllowed(refused.message, "file") from refused
    digest = documents.sha256_of(content)
    if item.paper(digest[:16]):
        raise NotAllowed("This very file is with the action already.", "file")
    stored = documents.store_bytes(f"actions/{action_id.replace('_', '-')}/{digest}.{extension}", content)
    paper = Paper(digest[:16], title, extension, stored.name, stored.size, stored.sha256, actor.user_id, iso(now))
    item.papers = [*item.papers, paper.as_json()]
    after = {"file": f"{title}.{extension}", "size": paper.size, "sha256": paper.sha256}
    return save_action(item, "add_evidence", {}, after, "", actor, now)
