"""Four eyes over every kind of request that any room declares: one mechanism, so one test, and none can be left out."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.testing import make_user
from cloudbank import approvals, store
from cloudbank.approvals import APPROVED, EXPIRED, Approval, Asker, Effect, NotAllowed, Outcome, Shown
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.clock import utcnow
from cloudbank.roles import Role, allows

pytestmark = pytest.mark.usefixtures("bank")
KINDS = [one.code for one in approvals.kinds()]
ASKED_FOR = {
    "rule and threshold changes": {"set_parameter"},
    "filings": {"file_ctr", "file_sar", "file_ofac", "release_blocked", "exempt_person"},
    "unfreeze": {"unfreeze_account", "unblock_account", "wake_account", "release_held"},
    "large cash": {"teller_cash", "teller_loan_cash", "close_in_cash"},
    "loan approval": {"loan", "loan_terms", "loan_charge_off"},
    "staff roles": {"new_staff", "staff_role"},
    "waivers: of controls, of fees, of a risk rating": {"waive_control", "reverse_movement", "lower_risk"},
}
"""Issue 6, line 9."""


def test_each_thing_that_needs_two_people_is_declared() -> None:
    missing = {name: codes - set(KINDS) for name, codes in ASKED_FOR.items() if not codes <= set(KINDS)}
    assert missing == {}, sorted(KINDS)


def role_with(permission: str, *, but: str = "") -> str:
    """A role that holds a permission, another one than `but` where there is one."""
    roles = [str(role) for role in Role if allows(role, permission)]
    assert roles, f"nobody may {permission}"
    return next((role for role in roles if role != but), roles[0])


def asker(role: str) -> Asker:
    """Somebody who works here."""
    return Asker(make_user(role).user_id, role, "127.0.0.1")


@pytest.fixture
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Effect:
    """The kind with what it does left out: who may, and what is bound, are the mechanism's own."""
    found = approvals.find_effect(request.param)
    assert found is not None
    for name, answer in (("shown", Shown("What is asked")), ("check", None), ("carry_out", Outcome("Done."))):
        monkeypatch.setattr(found, name, lambda *args, _answer=answer, **more: _answer, raising=True)
    for name in ("afterwards", "run_out"):
        monkeypatch.setattr(found, name, lambda *args, **more: ())
    return found


@pytest.mark.parametrize("kind", KINDS, indirect=True)
def test_nobody_decides_on_their_own_request_nor_on_another_or_too_late_and_both_are_on_record(kind: Effect) -> None:
    now, maker = utcnow(), asker(role_with(kind.asks))
    first, late = asked(kind, maker, "first", now), asked(kind, maker, "late", now)
    second = asker(role_with(kind.permission, but=maker.role))

    refused("four_eyes", first, Asker(maker.user_id, second.role, "a role that may decide"), now)
    refused("four_eyes", first, Asker(f" {maker.user_id.upper()} ", second.role, "another spelling"), now)
    others = [str(role) for role in Role if not allows(role, kind.permission)]
    refused("permission", first, Asker(second.user_id, others[0], "a role that may not"), now)
    refused("content", first, second, now, content_hash="0" * 64)
    refused("expired", first, second, now + kind.valid_for)
    changed(late)
    refused("seal", late, second, now)
    assert fresh(first).state == approvals.PENDING

    done = decided(first, second, now)
    assert done.state == APPROVED and done.done_at
    trail = {one.action: one.actor_id for one in AuditRecord.by_subject.query(subject_of(first))}
    assert (trail["ask"], trail["approve"]) == (maker.user_id, second.user_id)
    third = asked(kind, maker, "third", now)
    assert approvals.expire_due(actor=second, now=now + kind.valid_for + timedelta(seconds=1)) >= (not kind.secret)
    assert fresh(third).state == EXPIRED


def asked(kind: Effect, maker: Asker, key: str, now: Any) -> Approval:
    return approvals.ask(
        code=kind.code, content={"what": key}, about=f"thing#{key}", key=key, reason="It is needed.", actor=maker,
        name="Maker", now=now,
    )  # fmt: skip


def decided(item: Approval, by: Asker, now: Any, **more: Any) -> Approval:
    known = {"content_hash": item.content_hash} | more
    return approvals.approve(approval_id=item.approval_id, actor=by, name="Checker", now=now, **known)


def refused(code: str, item: Approval, by: Asker, now: Any, **more: Any) -> None:
    with pytest.raises(NotAllowed) as caught:
        decided(item, by, now, **more)
    assert caught.value.code == code, caught.value


def changed(item: Approval) -> None:
    """Somebody wrote past the services."""
    stored = fresh(item)
    stored.content = {"what": "something else"}
    store.save([store.changed(stored)])


def fresh(item: Approval) -> Approval:
    found = approvals.find(item.approval_id)
    assert found is not None
    return found
