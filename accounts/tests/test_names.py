"""Nothing on a page is called by its code."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms

import accounts.forms
import compliance.forms
import monitoring.forms
import reporting.forms
from accounts import names
from accounts.ledger import CHANNELS, PRODUCTS, TYPES
from accounts.names import branch_code, branch_name, channel_name, movement_name, program_name, type_name

RAW = {"Ach", "Charge off", "Charge_off", "Import", "System", "main", "Main"}


def test_every_type_channel_and_product_has_a_name() -> None:
    assert set(names.TYPES) == set(names.MANY) == set(TYPES)
    assert set(names.CHANNELS) == set(CHANNELS)
    assert set(names.PRODUCTS) == set(PRODUCTS)
    assert (type_name("charge_off"), channel_name("ach"), branch_name("main")) == ("Charge-off", "ACH", "Main branch")


@pytest.mark.parametrize(
    ("type_", "channel", "said"),
    [
        ("interest", "system", "Interest"),
        ("fee", "system", "Fee"),
        ("transfer", "system", "Standing order"),
        ("repayment", "system", "Loan repayment, automatic"),
        ("transfer", "online", "Transfer, Online"),
        ("deposit", "branch", "Deposit, Counter"),
    ],
)
def test_what_the_bank_does_by_itself_has_no_channel_on_a_statement(type_: str, channel: str, said: str) -> None:
    assert movement_name(type_, channel) == said


def test_what_has_no_name_of_its_own_is_said_in_words() -> None:
    assert (branch_name("riverside"), type_name("new_kind"), branch_name("")) == ("Riverside", "New kind", "")


@pytest.mark.parametrize("typed", ["main", "Main branch", " MAIN  Branch "])
def test_a_branch_is_found_by_its_name_as_well(typed: str) -> None:
    assert branch_code(typed) == "main"
    assert branch_code("Riverside") == "riverside"


def test_a_program_is_called_one() -> None:
    assert program_name("command:close_day") == "Program: close day"
    assert program_name("usr_01ABC") == "usr_01ABC" and program_name("job:") == "job:"


def _modules() -> Iterator[object]:
    yield from (compliance.forms, reporting.forms)
    for package in (accounts.forms, monitoring.forms):
        for found in pkgutil.iter_modules(package.__path__):
            yield importlib.import_module(f"{package.__name__}.{found.name}")


def _labels() -> Iterator[tuple[str, str]]:
    """Each choice of each form as people read it."""
    for module in _modules():
        for form in vars(module).values():
            if isinstance(form, type) and issubclass(form, forms.BaseForm):
                for name, field in getattr(form, "base_fields", {}).items():
                    options = list(field.widget.choices) if isinstance(field, forms.ChoiceField) else []
                    yield from ((f"{form.__name__}.{name}", label) for label in _said(options))


def _said(options: list[Any]) -> Iterator[str]:
    """The labels; of a group of choices its name and those within."""
    for value, label in options:
        if isinstance(label, list | tuple):
            yield str(value)
            yield from _said(list(label))
        else:
            yield str(label)


def test_no_choice_of_any_form_is_a_code() -> None:
    seen = list(_labels())
    assert len(seen) > 60
    wrong = [one for one in seen if "_" in one[1] or one[1] in RAW or re.match(r"[a-z]", one[1])]
    assert not wrong
