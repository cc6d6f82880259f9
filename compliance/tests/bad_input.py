"""Every form of a room, and the forms of a page as a browser sees them: for the tests of bad input."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import ModuleType

from django import forms

TYPED = ("text", "search", "email", "tel", "number", "date", "datetime-local", "month", "url", "")
"""Types of inputs in which people type."""


def all_forms(*rooms: ModuleType) -> list[type[forms.BaseForm]]:
    """Every form that a module of these apps declares, tests left out."""
    names = [room.__name__ for room in rooms]
    for room in rooms:
        for one in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if ".tests" not in one.name and ".management" not in one.name:
                importlib.import_module(one.name)
    found = {one for one in _below(forms.BaseForm) if one.__module__.split(".")[0] in names}
    return sorted(
        (one for one in found if ".tests" not in one.__module__), key=lambda one: (one.__module__, one.__name__)
    )


def _below(kind: type[forms.BaseForm]) -> Iterator[type[forms.BaseForm]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


@dataclass
class Seen:
    """A form of a page: where it is sent, what stands in it, which fields are typed, its buttons."""

    action: str
    is_bulk: bool
    values: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    """Name -> type of the input, "area" for several lines."""
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def filled(self, words: str, day: str, number: str, choice: str) -> Iterator[dict[str, str]]:
        """What is sent with these in the typed fields and this for each choice (the first one), once a button."""
        meant = {"date": day, "datetime-local": f"{day}T12:00", "month": day[:7], "number": number}
        typed = {name: meant.get(kind, words) for name, kind in self.typed.items()}
        chosen = {name: choice or values[0] for name, values in self.choices.items() if values}
        for button in self.buttons or [("", "")]:
            yield self.values | chosen | typed | ({button[0]: button[1]} if button[0] else {})


class Forms(HTMLParser):
    """The forms of a page that are posted."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Seen] = []
        self._form: Seen | None = None
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        """Opens a form, or notes a field of it."""
        of = {name: value or "" for name, value in given}
        if tag == "form":
            self._form = (
                Seen(of.get("action", ""), "data-bulk" in of) if of.get("method", "").lower() == "post" else None
            )
            if self._form:
                self.found.append(self._form)
            return
        name = of.get("name", "")
        if self._form and tag == "option" and self._select and of.get("value"):
            self._form.choices[self._select].append(of["value"])
        if self._form is None or not name:
            return
        if tag == "textarea":
            self._form.typed[name] = "area"
        elif tag == "select":
            self._select, self._form.choices[name] = name, []
        elif tag == "button":
            self._form.buttons.append((name, of.get("value", "")))
        elif tag == "input":
            self._input(self._form, name, of)

    def _input(self, form: Seen, name: str, of: dict[str, str]) -> None:
        kind = of.get("type", "text")
        if kind in ("radio", "checkbox"):
            form.choices.setdefault(name, []).append(of.get("value", "on"))
            return
        form.values[name] = of.get("value", "")
        if kind in TYPED:
            form.typed[name] = kind

    def handle_startendtag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        """The same as an opening tag."""
        self.handle_starttag(tag, given)

    def handle_endtag(self, tag: str) -> None:
        """Closes."""
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
