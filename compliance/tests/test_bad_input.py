"""Every form of the officers' rooms with missing, over-long, hostile and contradictory values (issue 6)."""

from collections import defaultdict
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile

import compliance
import monitoring
from accounts.models import User
from cloudbank.parameters import declared
from compliance.tests.bad_input import all_forms
from monitoring.rulebook import RULES

pytestmark = pytest.mark.usefixtures("bank")
FORMS = all_forms(compliance, monitoring)
HOSTILE = (
    '"><script>alert(1)</script>\N{RIGHT-TO-LEFT OVERRIDE}', "' OR 1=1 --\x00", "=cmd|'/c calc'!A1\x07",
    "{{ 7 * 7 }}\N{ZERO WIDTH SPACE}",
)  # fmt: skip
OVERLONG = "9" * 60_000
RULE = RULES["structuring"]
COUNTED: Any = defaultdict(int)


def needs(kind: type[forms.BaseForm]) -> dict[str, Any]:
    """What a form's view gives it."""
    someone = User(user_id="usr_one", name="Olivia Officer", role="compliance")
    known: dict[str, Any] = {
        "owners": [someone], "counted": COUNTED, "counts": COUNTED, "aged": COUNTED, "may": lambda permission: True,
        "kinds": ("ctr", "sar", "ofac"), "ratings": ("low", "medium"), "parameter": declared()[0], "rule": RULE, "in_force": {one.code: one.default for one in RULE.parameters},
        "workers": [("usr_one", "Me")],
        "person": SimpleNamespace(pk="usr_one", check_password=lambda text: False),
    }  # fmt: skip
    taken = kind.__init__.__kwdefaults__ or {}
    names = set(kind.__init__.__code__.co_varnames[: kind.__init__.__code__.co_kwonlyargcount + 1])
    return {name: value for name, value in known.items() if name in names and name not in taken}


def made(kind: type[forms.BaseForm], data: dict[str, Any], files: Any = None) -> forms.BaseForm:
    return kind(data=data, files=files or {}, **needs(kind))


def sent(kind: type[forms.BaseForm], value: str) -> forms.BaseForm:
    """A form with this in every field; where a file is asked for, a file of this name."""
    fields = made(kind, {}).fields
    files = {
        name: SimpleUploadedFile(value[:300] or "x", b"")
        for name, one in fields.items()
        if isinstance(one, forms.FileField)
    }
    listed = {name: [value] for name, one in fields.items() if isinstance(one, forms.MultipleChoiceField)}
    return made(kind, dict.fromkeys(fields, value) | listed, files)


def not_refused(form: forms.BaseForm, value: str) -> list[str]:
    """The fields that take a value that cannot be right, lose it, or show it as anything but text."""
    wrong = []
    for name, one in form.fields.items():
        if isinstance(one, (forms.BooleanField, forms.FileField)):
            continue
        kept = isinstance(one.widget, forms.PasswordInput) or form[name].value() in (value, [value])
        if name not in form.errors or not kept or "<script" in str(form[name]):
            wrong.append(name)
    return wrong


def refused_by_all(value: str) -> dict[str, list[str]]:
    """Form -> its fields that do not refuse a value."""
    found = {f"{kind.__module__}.{kind.__name__}": not_refused(sent(kind, value), value) for kind in FORMS}
    return {name: wrong for name, wrong in found.items() if wrong}


def test_the_forms_are_found() -> None:
    assert len(FORMS) > 60, [one.__name__ for one in FORMS]


def test_what_is_missing_is_said_at_its_field() -> None:
    wrong = {}
    for kind in FORMS:
        form = made(kind, {})
        asked = {name for name, one in form.fields.items() if one.required}
        if not asked <= set(form.errors):
            wrong[kind.__name__] = asked - set(form.errors)
    assert wrong == {}


def test_what_is_over_long_is_refused_at_its_field_and_stays() -> None:
    assert refused_by_all(OVERLONG) == {}


@pytest.mark.parametrize("value", HOSTILE)
def test_what_is_hostile_is_refused_at_its_field_and_stays_as_harmless_text(value: str) -> None:
    assert refused_by_all(value) == {}


@pytest.mark.parametrize(
    "value",
    ["-1", "NaN", "1e999", "9" * 20, "0001-01-01", "9999-12-31", "2026-02-30", "1,2.3,4", "\N{ARABIC-INDIC DIGIT ONE}"],
)
def test_what_is_no_number_and_no_day_of_this_bank_is_an_error_of_the_form_and_never_of_the_bank(value: str) -> None:
    for kind in FORMS:
        form = sent(kind, value)
        form.is_valid()
        for name, found in form.cleaned_data.items():
            assert not isinstance(found, float), (kind, name)
            assert not isinstance(found, date) or found.year in range(1900, 2300), (kind, name, found)
