"""Webhooks: added, changed, given a new secret, tried out, removed; by an administrator, each with its audit record."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from accounts.ledger import Actor, Refused
from accounts.services.posting import Busy
from cloudbank import audit, outbox, store
from cloudbank.clock import iso
from cloudbank.ids import new_id
from cloudbank.outbox import Webhook
from cloudbank.outbox.outside import Forbidden, checked
from cloudbank.outbox.webhooks import MOST

TEST = outbox.declare("webhook.test", "A webhook is tried out", personal=True)


def choices() -> list[tuple[str, str]]:
    """The events a webhook may ask for: (name, title)."""
    return [(name, f"{title} ({name})") for name, title in outbox.events().items()]


def add_webhook(*, label: str, url: str, events: Iterable[str], actor: Actor, now: datetime) -> Webhook:
    """A new webhook, active from now on. Refused for an address that may not be called."""
    _check(url)
    if len(outbox.webhooks()) >= MOST:
        raise Refused("many", f"The bank has {MOST} webhooks, more are not kept. Remove one first.")
    hook = Webhook(
        account_id=new_id("whk"), version=1, label=label, url=url.strip(), events=set(events), created_at=iso(now)
    )
    hook.file()
    entry = audit.record(hook, "add_webhook", actor=actor, now=now, after=_told(hook))
    store.save([store.new(hook), entry])
    return hook


def change_webhook(
    *, webhook_id: str, label: str, url: str, events: Iterable[str], active: bool, actor: Actor, now: datetime
) -> Webhook:
    """Another address, other events, on or off."""
    _check(url)
    values = {"label": label, "url": url.strip(), "events": set(events), "active": active}
    return _change(webhook_id, "change_webhook", values, actor, now)


def renew_secret(*, webhook_id: str, actor: Actor, now: datetime) -> Webhook:
    """Another signing secret; what was signed with the one before is no proof any more."""
    hook = _existing(webhook_id)
    return _change(webhook_id, "renew_webhook_secret", {"generation": hook.generation + 1}, actor, now)


def record_secret_shown(*, webhook_id: str, actor: Actor, now: datetime) -> Webhook:
    """Keep that somebody looked at the secret. Show it only after this."""
    return _change(webhook_id, "show_webhook_secret", {}, actor, now)


def remove_webhook(*, webhook_id: str, actor: Actor, now: datetime) -> None:
    """Call it no more. Its audit trail stays."""
    hook = _existing(webhook_id)
    entry = audit.record(hook, "remove_webhook", actor=actor, now=now, before=_told(hook))
    _save([store.Delete(Webhook, webhook_id, Webhook.version == hook.version), entry])


def try_webhook(*, webhook_id: str, actor: Actor, now: datetime) -> None:
    """Leave a message for this webhook alone."""
    hook = _existing(webhook_id)
    message = outbox.message(TEST, new_id("try"), {"webhook": webhook_id}, now=now, to=f"webhook|{webhook_id}")
    entry = audit.record(hook, "try_webhook", actor=actor, now=now)
    _save([store.changed(hook), entry, message])


def _check(url: str) -> None:
    try:
        checked(url)
    except Forbidden as error:
        raise Refused("url", str(error), "url") from error


def _existing(webhook_id: str) -> Webhook:
    hook = store.get(Webhook, webhook_id)
    if hook is None:
        raise Refused("unknown_webhook", "There is no such webhook any more.")
    return hook


def _change(webhook_id: str, action: str, values: Mapping[str, Any], actor: Actor, now: datetime) -> Webhook:
    hook = _existing(webhook_id)
    before = _told(hook)
    for name, value in values.items():
        setattr(hook, name, value)
    changes = {name: value for name, value in _told(hook).items() if value != before[name]}
    was = {name: before[name] for name in changes}
    entry = audit.record(hook, action, actor=actor, now=now, before=was, after=changes)
    _save([store.changed(hook), entry])
    return hook


def _save(writes: list[store.Write]) -> None:
    try:
        store.save(writes)
    except (store.ConditionFailed, store.Conflict) as error:
        raise Busy("Somebody else changed this webhook just now. Look at it again.") from error


def _told(hook: Webhook) -> dict[str, Any]:
    """As the audit trail keeps it."""
    return {
        "label": hook.label,
        "url": hook.url,
        "events": sorted(hook.events),
        "active": hook.active,
        "generation": hook.generation,
    }
