"""Four eyes on the real engine: who may, what is bound, one transaction, races, crashes, expiry."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pynamodb.attributes import UnicodeAttribute

from cloudbank import approvals, store
from cloudbank.approvals import APPROVED, EXPIRED, FAILED, PENDING, REJECTED, WITHDRAWN, Approval, NotAllowed, Outcome
from cloudbank.approvals import effects as declared
from cloudbank.approvals.carrying import LEASE
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.tables import AccountsItem, IntegerAttribute

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
MINUTE, WEEK = timedelta(minutes=1), timedelta(days=7)
LIGHT, POSTING = "test_light", "test_posting"


class Lamp(AccountsItem, discriminator="test_lamp"):
    """What the effects of these tests change."""

    state = UnicodeAttribute(default="off")
    turns = IntegerAttribute(default=0)


class CannotDo(Exception):
    """The app's refusal."""


class NotNow(Exception):
    """The app's doubt."""


def actor(user_id: str, role: str = "manager") -> approvals.Asker:
    return approvals.Asker(user_id, role, "127.0.0.1")


TOM, MARY, OLGA = actor("usr_tom", "teller"), actor("usr_mary"), actor("usr_olga")


class Posting(approvals.Effect):
    """Done in a transaction of its own; `answers` says what its tries end with."""

    refusals, doubts = (CannotDo,), (NotNow,)
    answers: list[BaseException | None] = []

    def shown(self, content: Any, now: datetime) -> approvals.Shown:
        return approvals.Shown("Turn the lamp on, separately")

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        lost = self.answers.pop(0) if self.answers else None
        if isinstance(lost, CannotDo):
            raise lost
        if store.get(Lamp, request.approval_id) is None:  # exactly once: the key derives from the request
            store.save([store.stored(Lamp(account_id=request.approval_id, state="on", turns=1))])
        if lost:
            raise lost
        return Outcome("The lamp is on.")


@pytest.fixture
def effects(bank: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(declared, "_declared", {})
    Posting.answers = []
    ours = {"asks": "accounts.post_any_movement", "permission": "accounts.close_account"}

    @approvals.effect(LIGHT, label="Light", **ours)
    class Light(approvals.Effect):
        refusals = (CannotDo,)

        def shown(self, content: Any, now: datetime) -> approvals.Shown:
            if content["to"] == "nonsense":
                raise CannotDo("There is no such light.")
            return approvals.Shown(f"Turn the lamp {content['to']}", changes=[("Lamp", "off", content["to"])])

        def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
            lamp = store.get(Lamp, "lamp") or Lamp(account_id="lamp")
            if lamp.state == request.content["to"]:
                raise CannotDo("The lamp is so already.")
            lamp.state, lamp.turns = request.content["to"], lamp.turns + 1
            return Outcome(f"The lamp is {lamp.state}.", writes=[store.stored(lamp)])

        def turn_down(self, request: Approval, *, state: str, actor: Any, now: datetime) -> list[store.Write]:
            return [store.stored(Lamp(account_id=f"{request.approval_id}#{state}"))]

    approvals.effect(POSTING, label="Posting", separately=True, **ours)(Posting)
    store.save([store.stored(Lamp(account_id="lamp"))])
    yield


pytestmark = pytest.mark.usefixtures("effects")


def asked(
    code: str = LIGHT, key: str = "k1", by: Any = TOM, now: datetime = NOW, about: str = "", **content: Any
) -> Approval:
    """A request; about a thing of its own for each form unless told otherwise."""
    return approvals.ask(
        code=code, content={"to": "on"} | content, about=about or f"lamp#{by.user_id} {key}", key=key,
        reason="it is dark", actor=by, name=by.user_id, now=now,
    )  # fmt: skip


def approve(item: Approval, by: Any = MARY, now: datetime = NOW + MINUTE, **more: Any) -> Approval:
    return approvals.approve(
        **(
            {
                "approval_id": item.approval_id,
                "content_hash": item.content_hash,
                "actor": by,
                "name": by.user_id,
                "now": now,
            }
            | more
        )
    )


def reject(item: Approval, by: Any = MARY, now: datetime = NOW + MINUTE, note: str = "too bright") -> Approval:
    return approvals.reject(
        approval_id=item.approval_id, content_hash=item.content_hash, note=note, actor=by, name=by.user_id, now=now
    )


def fresh(item: Approval) -> Approval:
    found = approvals.find(item.approval_id)
    assert found is not None
    return found


def lamp(key: str = "lamp") -> Any:
    return store.get(Lamp, key)


def records(item: Approval) -> list[str]:
    return [one.action for one in AuditRecord.by_subject.query(subject_of(item))]


def refused(code: str, act: Any) -> None:
    with pytest.raises(NotAllowed) as caught:
        act()
    assert caught.value.code == code, caught.value


def test_a_second_person_approves_and_the_effect_is_in_the_same_transaction(requests_made: Any) -> None:
    item = asked()
    assert lamp().state == "off"
    before = requests_made.count("TransactWriteItems")
    done = approve(item, note="seen")
    assert requests_made.count("TransactWriteItems") == before + 1
    assert lamp().state == "on"
    assert (done.state, done.checker_id, done.outcome, done.note) == (APPROVED, "usr_mary", "The lamp is on.", "seen")
    assert records(item) == ["ask", "approve"]
    assert fresh(item).computed_hash() == item.content_hash


def test_sending_the_form_twice_asks_once_and_another_content_under_its_key_is_refused() -> None:
    assert asked().approval_id == asked().approval_id
    refused("key_reused", lambda: asked(to="red"))
    assert records(asked()) == ["ask"]


def test_a_request_without_reason_permission_or_sense_is_refused() -> None:
    refused("permission", lambda: asked(by=actor("usr_carla", "customer")))
    refused("refused", lambda: asked(to="nonsense"))
    refused(
        "reason",
        lambda: approvals.ask(code=LIGHT, content={}, about="x", key="k", reason=" ", actor=TOM, name="Tom", now=NOW),
    )
    with pytest.raises(ValueError, match="JSON"):
        asked(when=(1, 2))


@pytest.mark.parametrize("same", ["usr_tom", "USR_TOM", " usr_Tom ", "ｕｓｒ_tom"])
def test_the_maker_is_never_the_checker_however_the_id_is_spelt_and_in_whatever_role(same: str) -> None:
    item = asked()
    for role in ("manager", "admin", "compliance"):
        with pytest.raises(NotAllowed):
            approve(item, by=actor(same, role))
    refused("four_eyes", lambda: approve(item, by=actor(same, "manager")))
    refused("four_eyes", lambda: reject(item, by=actor(same, "manager")))
    assert lamp().state == "off" and fresh(item).state == PENDING


def test_who_lacks_the_effects_permission_cannot_decide() -> None:
    item = asked()
    for role in ("teller", "analyst", "auditor", "admin", "customer", "system", "nobody"):
        refused("permission", lambda role=role: approve(item, by=actor("usr_other", role)))
    assert fresh(item).state == PENDING


def test_the_checker_confirms_exactly_what_was_asked() -> None:
    item = asked()
    refused("content", lambda: approve(item, content_hash="0" * 64))
    changed = fresh(item)
    changed.content = {"to": "red"}  # somebody changes the item in the table
    store.save([store.changed(changed)])
    refused("seal", lambda: approve(item))
    assert lamp().state == "off"


def test_a_rejection_needs_a_note_and_does_nothing() -> None:
    item = asked()
    refused("note", lambda: reject(item, note="  "))
    assert reject(item).state == REJECTED
    assert lamp().state == "off"
    refused("overtaken", lambda: approve(item, by=OLGA))


def test_who_asked_takes_it_back_and_nobody_else() -> None:
    item = asked()
    refused("not_yours", lambda: approvals.withdraw(approval_id=item.approval_id, actor=MARY, name="Mary", now=NOW))
    done = approvals.withdraw(approval_id=item.approval_id, actor=TOM, name="Tom", now=NOW)
    assert done.state == WITHDRAWN
    refused("overtaken", lambda: approve(item))


def test_an_effect_that_refuses_leaves_the_request_pending() -> None:
    first, second = asked(), asked(key="k2")
    approve(first)
    with pytest.raises(NotAllowed, match="so already"):
        approve(second)
    assert fresh(second).state == PENDING
    assert records(second) == ["ask"]


def test_who_comes_second_is_told_who_was_first_and_what_they_did() -> None:
    item = asked()
    approve(item, by=MARY)
    with pytest.raises(approvals.Overtaken, match="usr_mary was faster: this request is approved already"):
        reject(item, by=OLGA)
    with pytest.raises(approvals.Overtaken, match="You decided before"):
        approve(item, by=MARY)


def test_who_is_refused_because_another_one_was_faster_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other decision falls between the look at the request and the look at what it changes."""
    item, light = asked(), type(declared._declared[LIGHT])
    real, raced = light.carry_out, iter([True])

    def carry_out(self: Any, request: Approval, **more: Any) -> Outcome:
        if next(raced, False):
            approve(item, by=OLGA)
        return real(self, request, **more)

    monkeypatch.setattr(light, "carry_out", carry_out)
    with pytest.raises(approvals.Overtaken, match="usr_olga was faster"):
        approve(item)


def test_of_many_checkers_at_once_exactly_one_wins_and_the_effect_happens_once() -> None:
    for turn in range(5):
        item = asked(key=f"race{turn}", to=f"colour {turn}")

        def decide(number: int, item: Approval = item) -> str:
            by = actor(f"usr_{number}")
            try:
                return (approve if number % 2 else reject)(item, by=by).state
            except approvals.Overtaken as late:
                assert "was faster" in str(late)
                return "late"

        turns = lamp().turns
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(decide, range(8)))
        assert sorted(answers)[1:] == ["late"] * 7 or answers.count("late") == 7
        won = next(answer for answer in answers if answer != "late")
        assert fresh(item).state == won
        assert lamp().turns - turns == (won == APPROVED)
        assert records(item) == ["ask", "approve" if won == APPROVED else "reject"]


def test_many_posts_of_one_decision_carry_it_out_once() -> None:
    item = asked(POSTING)

    def decide(number: int) -> str:
        try:
            return approve(item, by=actor(f"usr_{number}")).state
        except (approvals.Overtaken, approvals.Unfinished) as late:
            return type(late).__name__

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(decide, range(8)))
    assert answers.count(APPROVED) == 1
    assert lamp(item.approval_id).turns == 1
    assert records(item) == ["ask", "approve", "carry_out"]


def test_a_change_of_the_subject_while_approving_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    item, real = asked(), store.save

    def first_somebody_else(writes: Any) -> None:
        monkeypatch.setattr(store, "save", real)
        other = lamp()
        other.state = "on"
        real([store.changed(other)])
        real(writes)

    monkeypatch.setattr(store, "save", first_somebody_else)
    with pytest.raises(NotAllowed, match="so already"):
        approve(item)
    assert fresh(item).state == PENDING and lamp().turns == 0


def test_a_lost_answer_of_the_decision_is_found_by_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    item, real = asked(), store.save
    lost = iter([True])

    def loses_the_first_answer(writes: Any) -> None:
        real(writes)
        if next(lost, False):
            raise store.OutcomeUnknown("lost")

    monkeypatch.setattr(store, "save", loses_the_first_answer)
    assert approve(item).state == APPROVED
    assert lamp().turns == 1
    assert records(item) == ["ask", "approve"]


def test_a_crash_between_decision_and_effect_is_resumed_once() -> None:
    item = asked(POSTING)
    Posting.answers = [KeyboardInterrupt()]  # the process dies after the posting, before it is marked
    with pytest.raises(KeyboardInterrupt):
        approve(item)
    assert lamp(item.approval_id).turns == 1
    assert fresh(item).is_unfinished
    refused("carrying", lambda: approvals.resume(approval_id=item.approval_id, now=NOW + 2 * MINUTE))
    assert approvals.resume_due(now=NOW + MINUTE + LEASE) == (1, 0)
    done = fresh(item)
    assert (done.state, done.outcome, done.checker_id) == (APPROVED, "The lamp is on.", "usr_mary")
    assert lamp(item.approval_id).turns == 1
    assert approvals.resume_due(now=NOW + WEEK) == (0, 0)


def test_an_unknown_outcome_is_said_and_found_out_later() -> None:
    item = asked(POSTING)
    Posting.answers = [NotNow(), store.OutcomeUnknown("lost"), None]
    with pytest.raises(approvals.Unfinished):
        approve(item)
    with pytest.raises(approvals.Unfinished):
        approvals.resume(approval_id=item.approval_id, now=NOW + MINUTE + LEASE)
    assert fresh(item).is_unfinished
    assert approvals.resume(approval_id=item.approval_id, now=NOW + MINUTE + 2 * LEASE).state == APPROVED
    assert lamp(item.approval_id).turns == 1


def test_what_the_books_refuse_after_the_decision_is_marked_failed_with_their_words() -> None:
    item = asked(POSTING)
    Posting.answers = [CannotDo("no money")]
    assert approve(item).state == FAILED
    assert (fresh(item).outcome, lamp(item.approval_id)) == ("no money", None)
    assert records(item) == ["ask", "approve", "fail"]


def test_a_refusal_of_a_process_that_was_taken_over_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    item = asked(POSTING)
    real, stalled = Posting.carry_out, iter([True])

    def stalls(self: Any, request: Approval, **more: Any) -> Outcome:
        if next(stalled, False):  # while this one sleeps, another host takes over and finishes
            approvals.resume(approval_id=item.approval_id, now=NOW + MINUTE + LEASE)
            raise CannotDo("by now there is no money")
        return real(self, request, **more)

    monkeypatch.setattr(Posting, "carry_out", stalls)
    assert approve(item).state == APPROVED
    assert fresh(item).outcome == "The lamp is on."


def test_an_expired_request_cannot_be_approved_and_is_marked_by_the_end_of_the_day() -> None:
    item, young = asked(), asked(key="k2", now=NOW + WEEK)
    late = NOW + WEEK
    assert fresh(item).state_at(late - timedelta(microseconds=1)) == PENDING
    assert fresh(item).state_at(late) == EXPIRED
    refused("expired", lambda: approve(item, now=late))
    refused("expired", lambda: reject(item, now=late))
    refused("expired", lambda: approvals.withdraw(approval_id=item.approval_id, actor=TOM, name="Tom", now=late))
    command = actor("command:close_day", "system")
    assert approvals.expire_due(actor=command, now=late + MINUTE) == 1
    assert approvals.expire_due(actor=command, now=late + MINUTE) == 0
    assert (fresh(item).state, fresh(young).state, lamp().state) == (EXPIRED, PENDING, "off")
    assert records(item) == ["ask", "expire"]


def listed(state: str, now: datetime = NOW + MINUTE, limit: int = 2, wanted: Any = lambda filed: True) -> list[str]:
    found: list[str] = []
    cursor: Any = None
    while True:
        rows, cursor = approvals.listed(state, now=now, wanted=wanted, cursor=cursor, limit=limit)
        found += [row.approval_id for row in rows]
        if cursor is None:
            return found
        assert len(rows) == limit


def test_the_inbox_lists_what_waits_soonest_first_and_what_is_settled_newest_first() -> None:
    items = [asked(key=f"k{n}", now=NOW + n * MINUTE, to=f"colour {n}") for n in range(7)]
    ids = [item.approval_id for item in items]
    assert listed(PENDING) == ids
    for n in (0, 2, 4):
        reject(items[n], now=NOW + timedelta(hours=1 + n))
    approve(items[6], now=NOW + timedelta(hours=9))
    assert listed(PENDING) == [ids[1], ids[3], ids[5]]
    assert listed("settled") == [ids[6], ids[4], ids[2], ids[0]]
    assert listed(REJECTED, limit=1) == [ids[4], ids[2], ids[0]]
    late = NOW + WEEK + 3 * MINUTE
    assert listed(PENDING, now=late) == [ids[5]]
    assert listed(EXPIRED, now=late) == [ids[3], ids[1]]
    approvals.expire_due(actor=actor("command:x", "system"), now=late)
    assert listed(EXPIRED, now=late) == [ids[3], ids[1]]


def test_an_unfinished_request_stands_first_in_the_inbox() -> None:
    item, other = asked(POSTING), asked(now=NOW - MINUTE, key="k2")
    Posting.answers = [NotNow()]
    with pytest.raises(approvals.Unfinished):
        approve(item)
    assert listed(PENDING) == [item.approval_id, other.approval_id]
    assert listed("settled") == []


def test_what_a_person_asked_is_found_page_by_page() -> None:
    ids = [asked(key=f"k{n}", now=NOW + n * MINUTE).approval_id for n in range(5)]
    asked(by=actor("usr_tina", "teller"))
    found: list[str] = []
    cursor: Any = None
    while True:
        rows, cursor = approvals.asked_by("usr_tom", cursor=cursor, limit=2)
        found += [row.approval_id for row in rows]
        if cursor is None:
            break
    assert found == ids[::-1]


def test_the_count_is_of_what_this_person_may_decide_and_costs_one_query(requests_made: Any) -> None:
    asked()
    asked(key="k2", to="red")
    asked(key="k3", by=actor("usr_tina", "teller"))
    requests_made.clear()
    assert approvals.waiting_for("usr_mary", "manager", NOW + MINUTE) == 3
    assert requests_made.operations == ["Query"]
    assert approvals.waiting_for("USR_TOM", "manager", NOW + MINUTE) == 1
    requests_made.clear()
    assert approvals.waiting_for("usr_x", "analyst", NOW + MINUTE) == 0
    assert requests_made.operations == []
    assert approvals.waiting_for("usr_mary", "manager", NOW + WEEK + MINUTE) == 0


def test_requests_about_something_are_found_newest_first() -> None:
    old = asked(about="lamp#lamp")
    reject(old)
    young = asked(key="k2", now=NOW + MINUTE, about="lamp#lamp")
    assert [item.approval_id for item in approvals.concerning("lamp#lamp")] == [young.approval_id, old.approval_id]


def test_the_open_request_about_something_waits_or_is_being_carried_out() -> None:
    reject(asked(about=HALL))
    assert approvals.open_about(HALL, NOW + MINUTE) == [] and approvals.standing_one(HALL, NOW + MINUTE) is None
    waits, posting = asked(key="k2", about=HALL), asked(POSTING, key="k3", about=HALL, now=NOW + MINUTE)
    Posting.answers = [NotNow()]
    with pytest.raises(approvals.Unfinished):
        approve(posting)
    both = [one.approval_id for one in approvals.open_about(HALL, NOW + MINUTE)]
    assert both == [posting.approval_id, waits.approval_id]
    found = approvals.open_one(HALL, NOW + MINUTE, LIGHT)
    assert found and found.approval_id == waits.approval_id
    assert approvals.open_one(HALL, NOW + WEEK + MINUTE, LIGHT) is None
    assert approvals.open_one(HALL, NOW + WEEK + MINUTE, POSTING)  # no clock ends what is being carried out


def test_a_request_is_read_by_who_asked_who_may_ask_or_decide_and_who_reads_all() -> None:
    def sees(role: str, user_id: str = "usr_other") -> bool:
        return approvals.is_visible(LIGHT, "usr_tom", user_id, role)

    assert sees("manager") and sees("teller") and sees("auditor") and sees("analyst", "usr_tom")
    assert not sees("analyst") and not sees("customer")


def test_a_code_is_declared_once() -> None:
    for code in (LIGHT, "with#mark"):
        with pytest.raises(ValueError, match="declared"):
            approvals.effect(code, label="x", permission="accounts.close_account")(Posting)


def test_a_request_of_a_kind_that_is_gone_is_shown_and_cannot_be_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    item = asked()
    monkeypatch.setattr(declared, "_declared", {})
    refused("unknown", lambda: approve(item))
    assert fresh(item).title == "Turn the lamp on"
    assert approvals.waiting_for("usr_mary", "manager", NOW) == 0


def test_turning_a_request_down_writes_what_its_effect_says_in_the_same_transaction() -> None:
    rejected, taken_back = asked(key="k1"), asked(key="k2")
    reject(rejected)
    approvals.withdraw(approval_id=taken_back.approval_id, actor=TOM, name="Tom", now=NOW + MINUTE)
    assert store.get(Lamp, f"{rejected.approval_id}#{REJECTED}")
    assert store.get(Lamp, f"{taken_back.approval_id}#{WITHDRAWN}")
    approved = asked(key="k3")
    approve(approved)
    assert not store.get(Lamp, f"{approved.approval_id}#{REJECTED}")


HALL = "lamp#hall"


def test_while_a_request_waits_nobody_asks_the_same_again() -> None:
    item = asked(about=HALL)
    for by, who in ((TOM, "You asked"), (actor("usr_tina", "teller"), "usr_tom asked")):
        with pytest.raises(
            approvals.AlreadyAsked, match=f"{who} already.*Turn the lamp on.*waits for a decision"
        ) as no:
            asked(key="k2", by=by, about=HALL, to="red")
        assert no.value.request.approval_id == item.approval_id
    assert asked(about=HALL).approval_id == item.approval_id, "the same form again is the same request"
    assert asked(POSTING, key="k2", about=HALL).code == POSTING, "another kind about the same thing is another question"
    assert asked(key="k2", about="lamp#stairs").about == "lamp#stairs"


@pytest.mark.parametrize("end", ["approve", "reject", "withdraw", "expire by the clock"])
def test_what_is_settled_can_be_asked_again(end: str) -> None:
    item, now = asked(about=HALL), NOW + 2 * MINUTE
    if end == "approve":
        approve(item)
    elif end == "reject":
        reject(item)
    elif end == "withdraw":
        approvals.withdraw(approval_id=item.approval_id, actor=TOM, name="Tom", now=NOW + MINUTE)
    else:
        now = NOW + WEEK
    again = asked(key="k2", about=HALL, to="red", now=now)
    assert again.approval_id != item.approval_id
    refused("already_asked", lambda: asked(key="k3", about=HALL, now=now))


def test_what_is_approved_and_not_carried_out_yet_is_not_asked_again() -> None:
    item = asked(POSTING, about=HALL)
    Posting.answers = [NotNow()]
    with pytest.raises(approvals.Unfinished):
        approve(item)
    with pytest.raises(approvals.AlreadyAsked, match="being carried out"):
        asked(POSTING, key="k2", about=HALL, now=NOW + 2 * WEEK)
    approvals.resume(approval_id=item.approval_id, now=NOW + MINUTE + LEASE)
    assert asked(POSTING, key="k2", about=HALL).state == PENDING


def test_of_many_who_ask_the_same_at_once_one_does() -> None:
    for turn in range(5):

        def ask(number: int, turn: int = turn) -> str:
            try:
                return asked(key=f"{turn}", by=actor(f"usr_{number}", "teller"), about=f"lamp#{turn}").approval_id
            except approvals.AlreadyAsked as late:
                return f"late {late.request.approval_id}"

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(ask, range(8)))
        (won,) = [answer for answer in answers if not answer.startswith("late")]
        assert answers.count(f"late {won}") == 7
        assert [item.approval_id for item in approvals.concerning(f"lamp#{turn}")] == [won]


def test_a_form_sent_twice_at_once_and_a_lost_answer_are_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: asked(about=HALL).approval_id, range(8)))) == 1
    real, lost = store.save, iter([True])

    def loses_the_first_answer(writes: Any) -> None:
        real(writes)
        if next(lost, False):
            raise store.OutcomeUnknown("lost")

    monkeypatch.setattr(store, "save", loses_the_first_answer)
    item = asked(key="k2", about="lamp#stairs")
    assert records(item) == ["ask"]
    with pytest.raises(approvals.AlreadyAsked):
        asked(key="k3", about="lamp#stairs")
