"""The outbox: written with the change, delivered at least once with its id, none lost while a receiver is down."""

import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cloudbank import audit, outbox, store
from cloudbank.outbox import Message, NotDelivered, Receiver, receivers
from cloudbank.outbox.delivering import WAITS
from cloudbank.outbox.item import PATIENCE

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
EVENT = outbox.declare("test.event", "A test happened")


class Post(Receiver):
    """Keeps what it hears; `down` holds the addresses that do not answer, `gone` those that never will."""

    def __init__(self) -> None:
        self.names = ["ann", "bob"]
        self.heard: list[tuple[str, str]] = []
        self.down: set[str] = set()
        self.gone: set[str] = set()
        self.asked = 0

    def addresses(self, message: Message) -> Iterable[str]:
        self.asked += 1
        return self.names

    def deliver(self, address: str, message: Message) -> None:
        if address in self.down | self.gone:
            raise NotDelivered("nobody there", for_good=address in self.gone)
        self.heard.append((address, message.message_id))


@pytest.fixture
def post(bank: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    made = Post()
    monkeypatch.setattr(receivers, "_receivers", {"post": made})
    yield made


def leave(key: str = "one", **options: Any) -> str:
    write = outbox.message(EVENT, key, {"id": key}, now=NOW, **options)
    store.save([write])
    return write.item.hash_key


def found(message_id: str) -> Message:
    item = outbox.find(message_id)
    assert item is not None
    return item


def test_everybody_is_told_once(post: Post) -> None:
    one = leave()
    done = outbox.deliver_due(NOW)
    assert (done.messages, done.delivered, done.failed) == (1, 1, [])
    assert sorted(post.heard) == [("ann", one), ("bob", one)]
    assert found(one).state == outbox.DELIVERED and found(one).expires_at == NOW + timedelta(days=30)
    assert outbox.deliver_due(NOW + timedelta(days=1)).messages == 0 and len(post.heard) == 2


def test_a_message_that_was_not_saved_is_not_delivered(post: Post) -> None:
    write = outbox.message(EVENT, "torn", {}, now=NOW)
    impossible = store.Check(Message, "nothing", Message.transaction_id.exists())
    with pytest.raises(store.ConditionFailed):
        store.save([write, impossible])
    assert outbox.deliver_due(NOW).messages == 0


def test_who_is_down_hears_of_it_later_and_the_others_not_again(post: Post) -> None:
    one = leave()
    post.down = {"bob"}
    assert outbox.deliver_due(NOW).failed == [f"{one} post|bob: nobody there"]
    assert post.heard == [("ann", one)] and found(one).errors == {"post|bob": "nobody there"}
    assert outbox.deliver_due(NOW + timedelta(seconds=WAITS[0] - 1)).messages == 0
    post.down = set()
    assert outbox.deliver_due(NOW + timedelta(seconds=WAITS[0])).delivered == 1
    assert post.heard == [("ann", one), ("bob", one)] and found(one).errors == {}


def test_the_pause_grows_and_after_three_days_nobody_tries_any_more(post: Post) -> None:
    one = leave()
    post.down = {"ann", "bob"}
    moment, tries = NOW, []
    while found(one).state == outbox.WAITING:
        assert outbox.deliver_due(moment).messages == 1
        tries.append(moment)
        order = found(one).worklist_order or ""
        moment = max(moment, datetime.fromisoformat(order.partition("#")[0]))
    pauses = [(after - before).total_seconds() for before, after in zip(tries, tries[1:], strict=False)]
    assert pauses[:6] == [*WAITS, 3600] and set(pauses[5:]) == {3600}
    assert tries[-1] - NOW >= PATIENCE > tries[-2] - NOW
    assert [item.message_id for item in outbox.given_up().rows] == [one] and not outbox.waiting().rows


def test_an_address_that_is_gone_is_not_tried_again_and_stays_on_record(post: Post) -> None:
    one = leave()
    post.gone, post.down = {"ann"}, {"bob"}
    outbox.deliver_due(NOW)
    assert found(one).pending == ["post|bob"]
    post.down = set()
    outbox.deliver_due(NOW + timedelta(minutes=1))
    assert found(one).state == outbox.GIVEN_UP and found(one).errors == {"post|ann": "nobody there"}


def test_a_receiver_that_breaks_keeps_nobody_else_from_hearing(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Post):
        def deliver(self, address: str, message: Message) -> None:
            raise ZeroDivisionError("oops")

    monkeypatch.setattr(receivers, "_receivers", {"broken": Broken(), "post": post})
    one = leave()
    outbox.deliver_due(NOW)
    assert sorted(name for name, _ in post.heard) == ["ann", "bob"]
    assert found(one).errors["broken|ann"] == "ZeroDivisionError: oops" and found(one).state == outbox.WAITING


def test_two_dispatchers_share_the_work(post: Post) -> None:
    many = [leave(str(number)) for number in range(12)]
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        outbox.deliver_due(NOW)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(post.heard) == sorted((name, one) for one in many for name in post.names)


def test_what_a_dispatcher_that_died_had_claimed_falls_due_again(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    one = leave()

    class Died(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr("cloudbank.outbox.delivering._file", die)  # told, and dead before it could say so
        with pytest.raises(Died):
            outbox.deliver_due(NOW)
    assert len(post.heard) == 2 and outbox.deliver_due(NOW + timedelta(minutes=1)).messages == 0
    assert outbox.deliver_due(NOW + timedelta(minutes=6)).delivered == 1
    assert post.heard[2:] and {message for _, message in post.heard} == {one}, "told twice, with the same id"


def test_a_message_to_one_address_goes_to_nobody_else(post: Post) -> None:
    one = leave(to="post|carl")
    outbox.deliver_due(NOW)
    assert post.heard == [("carl", one)] and post.asked == 0


def test_a_message_for_nobody_ends_at_once(post: Post) -> None:
    post.names = []
    one = leave()
    assert outbox.deliver_due(NOW).delivered == 1 and found(one).state == outbox.DELIVERED


def test_what_was_given_up_is_sent_again_to_those_who_have_not_heard(post: Post) -> None:
    one = leave()
    post.gone = {"bob"}
    outbox.deliver_due(NOW)
    post.gone = set()
    later = NOW + timedelta(days=5)

    class Admin:
        user_id, role, source = "usr_a", "admin", "test"

    outbox.send_again(message_id=one, reason="their firewall is open now", actor=Admin(), now=later)
    outbox.deliver_due(later)
    assert post.heard == [("ann", one), ("bob", one)] and found(one).state == outbox.DELIVERED
    records = list(audit.AuditRecord.by_subject.query(f"message#{one}"))
    assert [(record.action, record.reason) for record in records] == [("send_again", "their firewall is open now")]


def test_an_event_nobody_declared_is_refused() -> None:
    with pytest.raises(KeyError):
        outbox.message("test.typo", "x", {}, now=NOW)
