"""Parameters, jobs, audit and the store's own promises, on the engine."""

import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings

from accounts.ledger import Actor
from accounts.testing import a_customer
from cloudbank import audit, jobs, parameters, store
from cloudbank.audit import AuditRecord
from cloudbank.clock import iso, utcnow
from cloudbank.parameters import Parameter, ParameterError
from cloudbank.registry import Registry

OFFICER = Actor("usr_officer", "compliance", "test")
LIMIT = Parameter("test.limit", "Test limit", "money", 1_000, "this test", minimum=1, maximum=9_999)


@pytest.fixture(autouse=True)
def _declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's parameter exists for these tests only: a snapshot's version covers all that are declared."""
    monkeypatch.setitem(parameters._declared, LIMIT.code, LIMIT)


def set_limit(value: int, effective_from: date, reason: str = "because") -> None:
    """Set the test's parameter."""
    parameters.set_value(
        code=LIMIT.code, value=value, effective_from=effective_from, actor=OFFICER, now=utcnow(), reason=reason
    )


def test_a_parameter_has_its_default_until_a_value_takes_effect(bank: Any) -> None:
    today = utcnow().date()
    assert parameters.snapshot(utcnow())[LIMIT.code] == 1_000
    set_limit(2_000, today + timedelta(days=1))
    assert parameters.snapshot(utcnow())[LIMIT.code] == 1_000
    assert parameters.snapshot(utcnow() + timedelta(days=1))[LIMIT.code] == 2_000


def test_another_value_is_another_version_and_leaves_an_audit_record(bank: Any) -> None:
    before = parameters.snapshot(utcnow()).version
    set_limit(2_000, utcnow().date())
    assert parameters.snapshot(utcnow()).version != before
    records = list(AuditRecord.by_subject.query(f"setting#setting#{LIMIT.code}"))
    assert [(record.action, record.reason, record.actor_id) for record in records] == [
        ("set", "because", "usr_officer")
    ]


@pytest.mark.parametrize(("value", "reason"), [(0, "x"), (10_000, "x"), (5, " ")])
def test_a_value_out_of_bounds_or_without_reason_is_refused(bank: Any, value: int, reason: str) -> None:
    with pytest.raises(ParameterError):
        set_limit(value, utcnow().date(), reason)
    assert parameters.snapshot(utcnow())[LIMIT.code] == 1_000


def test_cached_parameters_cost_no_request(bank: Any, requests_made: Any) -> None:
    parameters.snapshot(utcnow())
    requests_made.clear()
    parameters.snapshot(utcnow())
    assert requests_made == []


def test_parameters_that_nobody_changed_cost_one_small_read(
    bank: Any, requests_made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters.snapshot(utcnow())
    monkeypatch.setattr(parameters, "CACHE_SECONDS", -1)
    requests_made.clear()
    parameters.snapshot(utcnow())
    assert [operation for operation, _ in requests_made] == ["GetItem"]


def test_what_another_process_changed_is_read(bank: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert parameters.snapshot(utcnow())[LIMIT.code] == 1_000
    monkeypatch.setattr(parameters, "CACHE_SECONDS", -1)
    for value in (3_000, 4_000):
        with monkeypatch.context() as other:
            other.setattr(parameters, "forget", lambda: None)  # the other process forgets, this one does not
            set_limit(value, utcnow().date())
        assert parameters.snapshot(utcnow())[LIMIT.code] == value


ALL_AT_START = """
import importlib, pkgutil, django
django.setup()
from cloudbank import parameters
known = {one.code for one in parameters.declared()}
for app in ("cloudbank", "accounts", "monitoring", "compliance", "reporting"):
    for module in pkgutil.walk_packages(importlib.import_module(app).__path__, app + "."):
        if ".tests" not in module.name and not module.name.endswith((".testing", ".wsgi", ".conftest")):
            importlib.import_module(module.name)
print(sorted({one.code for one in parameters.declared()} - known))
"""


def test_every_process_knows_all_parameters_from_its_start(bank: Any) -> None:
    """A snapshot's version covers all of them: a command and a page must come to the same one."""
    command = [sys.executable, "-c", ALL_AT_START]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=settings.BASE_DIR)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_a_job_runs_once_at_a_time_and_keeps_a_record(bank: Any) -> None:
    with jobs.run("nightly", key="a", now=utcnow()) as run:
        run.counts["rows"] = 3
        with pytest.raises(jobs.Held), jobs.run("nightly", key="b", now=utcnow()):
            pass
    record = jobs.last_run("nightly")
    assert record is not None
    assert (record.state, record.run_key, record.counts) == ("done", "a", {"rows": 3})
    with jobs.run("nightly", key="c", now=utcnow()) as again:
        assert again.token == run.token + 1


def test_a_failing_job_says_why_and_frees_the_lease(bank: Any) -> None:
    with pytest.raises(ZeroDivisionError), jobs.run("nightly", key="a", now=utcnow()):
        _ = 1 // 0
    record = jobs.last_run("nightly")
    assert record is not None
    assert (record.state, record.error.split(":")[0]) == ("failed", "ZeroDivisionError")
    with jobs.run("nightly", key="b", now=utcnow()):
        pass


def test_a_holder_frozen_past_its_lease_cannot_write(bank: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "RENEW_SECONDS", -1.0)
    late = utcnow() + jobs.LEASE + timedelta(seconds=1)
    with pytest.raises(jobs.Lost), jobs.run("nightly", key="stale", now=utcnow()) as stale:
        with jobs.run("nightly", key="fresh", now=late):
            pass
        stale.progress(1, 2)
    assert jobs.last_run("nightly").run_key == "fresh"  # type: ignore[union-attr]


def test_audit_records_chain_and_show_a_change(bank: Any) -> None:
    user = a_customer()
    for name in ("One", "Two"):
        entry = audit.record(
            user, "rename", actor=OFFICER, now=utcnow(), before={"name": user.name}, after={"name": name}
        )
        user.name = name
        store.save([store.changed(user), entry])
    first, second = AuditRecord.by_subject.query(f"user#{user.user_id}")
    assert second.previous_hash == first.hash == first.computed_hash()
    assert user.audit_head == second.hash
    second.reason = "rewritten"
    assert second.computed_hash() != second.hash


def test_two_changes_from_one_state_cannot_both_be_saved(bank: Any) -> None:
    user = a_customer()
    mine, theirs = store.get(type(user), user.user_id), store.get(type(user), user.user_id)
    assert mine is not None
    assert theirs is not None
    for item in (mine, theirs):
        entry = audit.record(item, "rename", actor=OFFICER, now=utcnow())
        if item is mine:
            store.save([store.changed(item), entry])
        else:
            with pytest.raises(store.ConditionFailed):
                store.save([store.changed(item), entry])


def test_an_unreachable_engine_is_unavailable_in_bounded_time(bank: Any) -> None:
    from cloudbank import tables

    tables.connect("http://127.0.0.1:9")
    started = utcnow()
    try:
        with pytest.raises(store.Unavailable):
            store.get(AuditRecord, "x")
    finally:
        tables.connect(bank.url)
    assert iso(utcnow()) < iso(started + timedelta(seconds=20))


def test_index_keys_pages_in_both_directions(bank: Any) -> None:
    for number in range(5):
        user = a_customer(user_id=f"usr_{number}")
        user.owner_id, user.owner_order = "group", f"{number:02d}"
        store.save([store.changed(user)])
    model = type(a_customer())
    orders = [order for order, _ in store.index_keys(model, "by_owner", "group", after="00", limit=2)]
    assert orders == ["01", "02"]
    assert [o for o, _ in store.index_keys(model, "by_owner", "group", after="03", backwards=True)] == [
        "02",
        "01",
        "00",
    ]


def test_a_registry_refuses_a_code_twice() -> None:
    registry: Registry[object] = Registry("cloudbank.tables")
    registry.add("a", object())
    with pytest.raises(ValueError, match="twice"):
        registry.add("a", object())
