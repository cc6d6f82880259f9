"""What needs a second person: declared by the apps, one decorated class each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from cloudbank.audit import Actor
from cloudbank.store import StoreError, Write

if TYPE_CHECKING:
    from cloudbank.approvals.request import Approval

Content = Mapping[str, Any]
Fact = tuple[str, str, str]
E = TypeVar("E", bound="type[Effect]")
USUAL = timedelta(days=7)


class NotAllowed(Exception):
    """It cannot be asked or decided: nothing was written. `code` is stable, `field` names the form's field."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.field = code, message, field


class Overtaken(NotAllowed):
    """Somebody else decided first; the message says who and what."""


@dataclass(frozen=True)
class Shown:
    """What is asked, in the words of a person; stored and sealed with the request.

    `facts` are (label, value, note), `changes` are (label, before, after).
    """

    title: str
    facts: Sequence[Fact] = ()
    changes: Sequence[Fact] = ()

    def stored(self) -> dict[str, Any]:
        """As JSON carries it."""
        return {
            "title": self.title,
            "facts": [list(one) for one in self.facts],
            "changes": [list(one) for one in self.changes],
        }


@dataclass(frozen=True)
class Outcome:
    """What became of it: a sentence, where to see it, and the writes that belong into the decision's transaction."""

    text: str
    url: str = ""
    writes: Sequence[Write] = field(default_factory=tuple)


class Effect:
    """One kind of request. Subclass it under `@effect(...)`."""

    code: ClassVar[str]
    label: ClassVar[str]
    permission: ClassVar[str]
    """Who may decide."""
    asks: ClassVar[str]
    """Who may ask."""
    icon: ClassVar[str]
    secret: ClassVar[str]
    """Who may know of such a request at all; "": whoever may ask or decide, and who reads all."""
    valid_for: ClassVar[timedelta]
    separately: ClassVar[bool]
    """The effect has a transaction of its own, after the decision's."""

    refusals: ClassVar[tuple[type[Exception], ...]] = ()
    """Exceptions of the app that mean "this cannot be done"; str() says why."""
    doubts: ClassVar[tuple[type[Exception], ...]] = ()
    """Exceptions of the app that mean "not known yet, or busy: the same call again is safe"."""

    def shown(self, content: Content, now: datetime) -> Shown:
        """What the approver reads; raises a refusal when it makes no sense to ask."""
        raise NotImplementedError

    def check(self, request: "Approval", now: datetime) -> None:
        """Raise a refusal when it cannot be done now: the request then stays pending."""

    def carry_out(self, request: "Approval", *, actor: Actor, now: datetime) -> Outcome:
        """Do it. `actor` is who approves; who asked is in the request."""
        raise NotImplementedError

    def begun(self, request: "Approval") -> bool:
        """Whether any of it may be in the books already: then it is carried to its end, whatever speaks against it.

        Asked only of what has transactions of its own, when who asked may not act any more.
        """
        return True

    def turn_down(self, request: "Approval", *, state: str, actor: Actor, now: datetime) -> Sequence[Write]:
        """What else is written, in that transaction, when it is rejected or taken back (`state` says which)."""
        return ()

    def run_out(self, request: "Approval", *, actor: Actor, now: datetime) -> Sequence[Write]:
        """What else is written when the end of the day marks that nobody decided in time."""
        return ()

    def afterwards(self, request: "Approval") -> None:
        """Called when it is done and stored: drop what this process had cached."""

    def link(self, content: Content) -> tuple[str, str]:
        """(label, address) of what is concerned, ("", "") without one."""
        return "", ""

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Turns the app's refusals into NotAllowed."""
        try:
            yield
        except self.refusals as refused:
            field_name = str(getattr(refused, "field", ""))
            raise NotAllowed(str(getattr(refused, "code", "refused")), str(refused), field_name) from refused

    @property
    def uncertain(self) -> tuple[type[Exception], ...]:
        """What leaves open whether it is done."""
        return (*self.doubts, StoreError)


_declared: dict[str, Effect] = {}
_objections: list[Callable[["Approval", Effect], str]] = []


def objection(check: Callable[["Approval", Effect], str]) -> Callable[["Approval", Effect], str]:
    """Declares what speaks against carrying out any request, "" when nothing does: only an app knows people."""
    _objections.append(check)
    return check


def objection_to(request: "Approval", kind: Effect) -> str:
    """The first reason not to do in the name of who asked what they asked, or ""."""
    return next((why for check in _objections if (why := check(request, kind))), "")


def effect(
    code: str,
    *,
    label: str,
    permission: str,
    asks: str = "",
    icon: str = "check2-circle",
    valid_for: timedelta = USUAL,
    separately: bool = False,
    secret: str = "",
) -> Callable[[E], E]:
    """Class decorator: declares a kind of request. ValueError when its code is taken or holds a `#`."""

    def add(cls: E) -> E:
        if code in _declared or "#" in code:
            raise ValueError(f"approvals: the code '{code}' is declared twice, or is not a code")
        cls.code, cls.label, cls.permission, cls.asks = code, label, permission, asks or permission
        cls.icon, cls.valid_for, cls.separately, cls.secret = icon, valid_for, separately, secret
        _declared[code] = cls()
        return cls

    return add


def kinds() -> list[Effect]:
    """All kinds, by code."""
    return [_declared[code] for code in sorted(_declared)]


def find_effect(code: str) -> Effect | None:
    """The kind with this code; None when no app declares it (any more)."""
    return _declared.get(code)
