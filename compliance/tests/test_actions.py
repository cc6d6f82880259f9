"""Corrective actions on the real engine: moves, second person, races, history, lists."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts.models import User
from accounts.testing import a_customer, a_manager, an_admin, an_analyst, an_auditor, an_officer
from cloudbank import store
from cloudbank.audit import AuditRecord, broken_at
from cloudbank.clock import utcnow
from compliance.models import CorrectiveAction
from compliance.queries import actions as queries
from compliance.queries.chains import chain_of
from compliance.services.actions import Overtaken, edit_action, move_action, open_action
from compliance.steps import NotAllowed, Status
from compliance.testing import actor, an_action, content, days_ago, take_step, today

pytestmark = pytest.mark.usefixtures("bank")


def stored(item: CorrectiveAction) -> CorrectiveAction:
    found = queries.action(item.transaction_id)
    assert found is not None
    return found


def listed() -> list[str]:
    return [item.transaction_id for item in queries.not_closed().page(None, 100).rows]


def test_the_whole_way_from_open_to_closed_by_two_people() -> None:
    officer, second = an_officer(), an_officer(name="Olga Officer")
    item = an_action(officer, "start", "ready")
    assert listed() == [item.transaction_id]
    closed = take_step(item, "close", second, "Checked ten files, all complete.")
    assert (closed.status, closed.closed_by, closed.ready_by) == (Status.CLOSED, second.user_id, officer.user_id)
    assert listed() == []
    assert [one.action for one in reversed(queries.records(closed))] == [
        "open_action",
        "start_action",
        "ready_action",
        "close_action",
    ]


def test_who_marked_it_ready_cannot_close_it_even_after_another_look() -> None:
    officer = an_officer()
    item = an_action(officer, "start", "ready")
    before = stored(item)
    with pytest.raises(NotAllowed, match="second person"):
        take_step(item, "close", officer)
    assert stored(item).version == before.version
    assert len(queries.records(item)) == 3


def test_reopening_puts_it_back_on_the_list_and_forgets_who_was_ready() -> None:
    officer, second = an_officer(), an_officer(name="Olga Officer")
    item = take_step(an_action(officer, "start", "ready"), "close", second)
    item = take_step(item, "reopen", second, "It came back.")
    assert (item.status, item.ready_by, item.closed_by, item.reopened) == (Status.REOPENED, "", "", 1)
    assert listed() == [item.transaction_id]
    item = take_step(take_step(item, "start", second), "ready", second)
    with pytest.raises(NotAllowed):
        take_step(item, "close", second)
    with pytest.raises(NotAllowed, match="answer for it"):
        take_step(item, "close", officer)
    assert take_step(item, "close", an_officer(name="Third Officer")).is_closed


def test_an_illegal_move_writes_nothing() -> None:
    item = an_action(an_officer())
    with pytest.raises(NotAllowed):
        take_step(item, "close", an_officer(name="Olga Officer"))
    assert stored(item).status == Status.OPEN
    assert len(queries.records(item)) == 1


@pytest.mark.parametrize("who", [an_auditor, a_manager, an_analyst, an_admin, a_customer])
def test_only_compliance_works_on_actions(who: object) -> None:
    officer = an_officer()
    item = an_action(officer)
    other: User = who()  # type: ignore[operator]
    with pytest.raises(NotAllowed):
        take_step(item, "start", other)
    with pytest.raises(NotAllowed):
        edit_action(
            action_id=item.transaction_id,
            content=content(officer, title="x"),
            version=item.version,
            actor=actor(other),
            now=utcnow(),
        )
    with pytest.raises(NotAllowed):
        open_action(content=content(officer), control_code="", key="k", actor=actor(other), now=utcnow())
    assert stored(item).version == item.version


def test_of_two_who_close_at_once_one_wins_and_the_other_is_told_who() -> None:
    officer = an_officer()
    seconds = [an_officer(name="Olga Officer"), an_officer(name="Otto Officer")]
    for _ in range(5):
        item = an_action(officer, "start", "ready")

        def close(person: User, item: CorrectiveAction = item) -> str:
            try:
                take_step(item, "close", person)
            except Overtaken as error:
                return error.message
            return "closed"

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(close, seconds))
        assert answers.count("closed") == 1
        winner = seconds[answers.index("closed")]
        assert stored(item).closed_by == winner.user_id
        assert any(winner.name in answer for answer in answers)
        assert [one.action for one in queries.records(item)].count("close_action") == 1


def test_an_old_page_cannot_overwrite_a_newer_change() -> None:
    officer = an_officer()
    seen = an_action(officer)
    take_step(seen, "start", officer)
    with pytest.raises(Overtaken, match="Oscar Officer"):
        edit_action(
            action_id=seen.transaction_id,
            content=content(officer, plan="another"),
            version=1,
            actor=actor(officer),
            now=utcnow(),
        )
    assert stored(seen).plan == "Name a deputy; clear the list."


def test_an_edit_records_what_was_before_and_after_and_nothing_else() -> None:
    officer, manager = an_officer(), a_manager()
    item = an_action(officer)
    edited = edit_action(
        action_id=item.transaction_id,
        content=content(manager, priority=1),
        version=item.version,
        actor=actor(officer),
        now=utcnow(),
    )
    newest = queries.records(edited)[0]
    assert newest.after == {"owner_id": manager.user_id, "owner_name": manager.name, "priority": 1}
    assert newest.before == {"owner_id": officer.user_id, "owner_name": officer.name, "priority": 2}
    assert stored(item).worklist_order == f"1#{item.due_on}#{item.transaction_id}"


def test_an_edit_that_changes_nothing_writes_nothing() -> None:
    officer = an_officer()
    item = an_action(officer)
    edit_action(
        action_id=item.transaction_id,
        content=content(officer),
        version=item.version,
        actor=actor(officer),
        now=utcnow(),
    )
    assert len(queries.records(item)) == 1


def test_a_closed_action_is_not_edited() -> None:
    officer, second = an_officer(), an_officer(name="Olga Officer")
    item = take_step(an_action(officer, "start", "ready"), "close", second)
    with pytest.raises(NotAllowed, match="Reopen"):
        edit_action(
            action_id=item.transaction_id,
            content=content(officer, plan="x"),
            version=item.version,
            actor=actor(officer),
            now=utcnow(),
        )


def test_the_same_form_sent_twice_opens_one_action() -> None:
    officer = an_officer()
    sent = {"content": content(officer), "control_code": "", "key": "once", "actor": actor(officer), "now": utcnow()}
    first, again = open_action(**sent), open_action(**sent)
    assert first.transaction_id == again.transaction_id
    assert len(listed()) == 1
    with pytest.raises(NotAllowed, match="sent before"):
        open_action(**sent | {"content": content(officer, plan="other")})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"due_on": None}, "due_on"),
        ({"priority": 7}, "priority"),
        ({"owner_id": "usr_nobody"}, "owner_id"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(changes: dict[str, object], field: str) -> None:
    officer = an_officer()
    if "due_on" in changes:
        changes = {"due_on": today().replace(year=today().year - 1)}
    with pytest.raises(NotAllowed) as refused:
        an_action(officer, **changes)
    assert refused.value.field == field
    assert listed() == []


@pytest.mark.parametrize("who", [an_auditor, a_customer, an_analyst])
def test_some_people_cannot_answer_for_an_action(who: object) -> None:
    with pytest.raises(NotAllowed) as refused:
        an_action(an_officer(), owner_id=who().user_id)  # type: ignore[operator]
    assert refused.value.field == "owner_id"


def test_an_unknown_control_is_refused() -> None:
    with pytest.raises(NotAllowed) as refused:
        an_action(an_officer(), control="no-such-control")
    assert refused.value.field == "control_code"


def test_the_list_is_by_priority_then_due_date_and_pages_lose_nothing() -> None:
    officer = an_officer()
    made = [an_action(officer, priority=priority) for priority in (3, 1, 2, 1, 3)]
    found = queries.not_closed()
    rows: list[CorrectiveAction] = []
    cursor = None
    while True:
        page = found.page(cursor, 2)
        rows += page.rows
        cursor = page.next_cursor
        if cursor is None:
            break
    assert [item.priority for item in rows] == [1, 1, 2, 3, 3]
    assert {item.transaction_id for item in rows} == {item.transaction_id for item in made}


def test_actions_are_found_by_control_by_month_and_by_being_overdue() -> None:
    officer = an_officer()
    ours, other = an_action(officer, control="kyc-reviews"), an_action(officer, control="")
    assert [one.transaction_id for one in queries.of_control("kyc-reviews").page(None, 9).rows] == [ours.transaction_id]
    opened = queries.opened_in(ours.opened_at[:7]).page(None, 9).rows
    assert {one.transaction_id for one in opened} == {ours.transaction_id, other.transaction_id}
    other.due_on = days_ago(1)
    other.file()
    store.save([store.changed(other)])
    overdue = queries.not_closed(overdue_on=today()).page(None, 9).rows
    assert [one.transaction_id for one in overdue] == [other.transaction_id]


def test_the_history_is_a_whole_chain_and_a_changed_record_is_named() -> None:
    item = an_action(an_officer(), "start", "ready")
    subject = f"corrective_action#{item.transaction_id}"
    chain = chain_of(subject)
    assert chain is not None
    assert (chain.is_whole, chain.length) == (True, 3)
    records = sorted(queries.records(item), key=lambda one: one.sequence)
    records[1].reason = "something else"
    store.save([store.Put(records[1])])
    broken = chain_of(subject)
    assert broken is not None
    assert broken.broken == "record 2 was changed after it was written"


def test_a_record_left_out_is_noticed_in_the_middle_and_at_the_end() -> None:
    item = an_action(an_officer(), "start", "ready")
    records = sorted(queries.records(item), key=lambda one: one.sequence)
    assert broken_at(records) == ""
    assert broken_at(records[:1] + records[2:]) == "record 2 is missing"
    store.save([store.Delete(AuditRecord, records[2].transaction_id)])
    chain = chain_of(f"corrective_action#{item.transaction_id}")
    assert chain is not None
    assert "record 3 is missing" in chain.broken


def test_a_lost_answer_is_found_out_by_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    officer = an_officer()
    item = an_action(officer)
    save = store.save
    lost: list[bool] = []

    def forgetful(writes: list[store.Write]) -> None:
        save(writes)
        if not lost:
            lost.append(True)
            raise store.OutcomeUnknown("gone")

    monkeypatch.setattr(store, "save", forgetful)
    moved = move_action(
        action_id=item.transaction_id, step="start", note="", version=item.version, actor=actor(officer), now=utcnow()
    )
    assert lost
    assert stored(item).version == moved.version
    assert len(queries.records(item)) == 2
