from itertools import chain

import pytest

from cloudbank import looks
from cloudbank.icons import ICONS

ALL = list(chain(looks.SEVERITIES.values(), looks.STATUSES.values(), looks.MESSAGES.values()))


@pytest.mark.parametrize("look", ALL, ids=lambda look: look.word)
def test_every_look_has_an_icon_and_a_word(look: looks.Look) -> None:
    assert look.icon in ICONS
    assert look.word


def test_severities_differ_in_icon_and_word_not_only_in_colour() -> None:
    assert len({look.icon for look in looks.SEVERITIES.values()}) == 4
    assert len({look.word for look in looks.SEVERITIES.values()}) == 4


def test_screening_badges_differ_in_icon_and_word() -> None:
    shown = [looks.status_look(status) for status in ("OK", "ALERT", "CRITICAL")]
    assert [look.word for look in shown] == ["OK", "ALERT", "CRITICAL"]
    assert len({look.icon for look in shown}) == 3


def test_status_words_are_found_however_they_are_written() -> None:
    assert looks.status_look("IN_PROGRESS") == looks.status_look("in progress")
    assert looks.status_look("within-limit").word == "Within limit"


def test_an_unknown_status_is_neutral_and_keeps_its_word() -> None:
    assert looks.status_look("half_done") == looks.Look("navy", "circle", "Half done")
    assert looks.severity_look("odd").variant == "navy"


def test_message_levels_have_looks_and_extra_tags_do_not_disturb() -> None:
    assert looks.message_look("big error").variant == "red"
    assert looks.message_look("debug").variant == "blue"
