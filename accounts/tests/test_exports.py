"""Lists taken away as files: only so many, said when again, each one kept in the audit trail of who took it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import DepositAccount, User
from accounts.testing import a_customer, a_manager, an_auditor, signed_in
from accounts.tests.makers import an_account
from cloudbank import store
from cloudbank.audit import AuditRecord, broken_at
from cloudbank.clock import utcnow
from cloudbank.lists import taken

pytestmark = pytest.mark.usefixtures("bank", "quiet")


@pytest.fixture
def carla() -> User:
    return a_customer()


@pytest.fixture
def own(carla: User) -> DepositAccount:
    return an_account(carla, 100_000)


def exported(client: Client, own: DepositAccount, kind: str = "csv", query: str = "") -> Any:
    return client.get(f"/accounts/{own.account_id}?export={kind}{query}")


def trail(user: User) -> list[AuditRecord]:
    found = AuditRecord.by_subject.query(f"exports#exports#{user.user_id}")
    return sorted(found, key=lambda one: one.sequence)


def test_five_a_minute_then_a_page_that_says_when_again(carla: User, own: DepositAccount) -> None:
    with time_machine.travel(utcnow(), tick=False) as clock:
        client = signed_in(Client(), carla)
        codes = [exported(client, own, kind).status_code for kind in ("csv", "xlsx", "csv", "xlsx", "csv")]
        refused = exported(client, own)
        assert codes == [200] * 5 and refused.status_code == 429
        assert refused["Retry-After"] == "60" and "Content-Disposition" not in refused
        assert "Wait 1 minute, then try again" in refused.content.decode()
        clock.shift(61)
        assert exported(client, own).status_code == 200
        assert signed_in(Client(), a_manager()).get(f"/accounts/{own.account_id}").status_code == 200


def test_ten_an_hour_and_everybody_by_themselves(carla: User, own: DepositAccount) -> None:
    with time_machine.travel(utcnow(), tick=False) as clock:
        codes = []
        for _ in range(12):
            codes.append(exported(signed_in(Client(), carla), own).status_code)
            clock.shift(timedelta(seconds=30))
        assert codes == [200] * 10 + [429] * 2
        assert exported(signed_in(Client(), a_manager()), own).status_code == 200
        clock.shift(timedelta(minutes=61))
        assert exported(signed_in(Client(), carla), own).status_code == 200


def test_each_is_kept_with_who_what_and_the_filter_and_a_refused_one_is_not(carla: User, own: DepositAccount) -> None:
    mary = a_manager()
    client = signed_in(Client(), mary, source="192.0.2.7")
    assert exported(client, own, "xlsx", "&type=deposit").status_code == 200
    assert client.get("/approvals?export=csv").status_code == 200
    assert exported(client, own, "exe").status_code == 400
    assert exported(signed_in(Client(), a_customer()), own).status_code == 404
    one, two = trail(mary)
    assert (one.action, one.actor_id, one.actor_role) == ("export", mary.user_id, "manager")
    assert one.after["path"] == f"/accounts/{own.account_id}" and one.after["format"] == "xlsx"
    assert "Deposit" in one.after["filter"] and mary.email in one.after["exported"]
    assert two.after["path"] == "/approvals" and broken_at([one, two]) == ""
    shown = signed_in(Client(), an_auditor()).get("/compliance/audit").content.decode()
    assert "Export" in shown and mary.name in shown


def test_parallel_exports_are_all_kept_and_not_one_more_than_allowed(carla: User, own: DepositAccount) -> None:
    def take(_: int) -> int:
        return int(exported(signed_in(Client(), carla), own).status_code)

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(take, range(9)))
    assert sorted(codes) == [200] * 5 + [429] * 4
    assert len(trail(carla)) == 5 and broken_at(trail(carla)) == ""


def test_what_cannot_be_kept_is_not_taken(carla: User, own: DepositAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(writes: Any) -> None:
        raise store.Conflict("busy")

    client = signed_in(Client(), carla)
    client.raise_request_exception = False
    monkeypatch.setattr(taken.store, "save", busy)
    monkeypatch.setattr(taken.store, "pause", lambda attempt, base=0: None)
    assert exported(client, own).status_code == 503
