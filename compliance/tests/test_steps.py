"""The life of a corrective action: every step from every status."""

import pytest

from compliance.steps import STEPS, NotAllowed, Status, steps_from, take

ALLOWED = {
    ("start", Status.OPEN): Status.IN_PROGRESS,
    ("start", Status.REOPENED): Status.IN_PROGRESS,
    ("ready", Status.IN_PROGRESS): Status.READY,
    ("close", Status.READY): Status.CLOSED,
    ("reopen", Status.READY): Status.REOPENED,
    ("reopen", Status.CLOSED): Status.REOPENED,
}


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("code", list(STEPS))
def test_only_the_drawn_moves_are_legal(code: str, status: Status) -> None:
    if (code, status) in ALLOWED:
        assert take(code, status=status, by="b", ready_by="a", note="why").target is ALLOWED[code, status]
        assert code in [step.code for step in steps_from(status)]
    else:
        with pytest.raises(NotAllowed):
            take(code, status=status, by="b", ready_by="a", note="why")
        assert code not in [step.code for step in steps_from(status)]


def test_an_unknown_step_is_refused() -> None:
    with pytest.raises(NotAllowed):
        take("delete", status=Status.OPEN, by="a", ready_by="", note="")


def test_who_marked_it_ready_never_closes_it() -> None:
    with pytest.raises(NotAllowed, match="second person"):
        take("close", status=Status.READY, by="a", ready_by="a", note="fine")


def test_who_marked_it_ready_may_take_it_back() -> None:
    assert take("reopen", status=Status.READY, by="a", ready_by="a", note="forgot one").target is Status.REOPENED


@pytest.mark.parametrize("code", ["ready", "close", "reopen"])
def test_a_step_that_asks_wants_an_answer(code: str) -> None:
    status = next(source for source in STEPS[code].sources)
    with pytest.raises(NotAllowed) as refused:
        take(code, status=status, by="b", ready_by="a", note="  ")
    assert refused.value.field == "note"
