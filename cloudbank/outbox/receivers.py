"""Receivers: who is told of a message, and how. One decorated class each."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from cloudbank.outbox.item import Message

R = TypeVar("R", bound="type[Receiver]")


class NotDelivered(Exception):
    """The address did not take the message; str() says why. `for_good`: it never will, so it is not tried again."""

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        super().__init__(why)
        self.for_good = for_good


class Receiver:
    """One way to tell. Subclass it under `@receiver(...)`."""

    def addresses(self, message: "Message") -> Iterable[str]:
        """Whom a message is for, as short stable names; asked once a message, at its first try."""
        raise NotImplementedError

    def deliver(self, address: str, message: "Message") -> None:
        """Tell one of them, within a few seconds. Raises NotDelivered."""
        raise NotImplementedError


_receivers: dict[str, Receiver] = {}


def receiver(name: str) -> Callable[[R], R]:
    """Class decorator: declares a receiver. ValueError when its name is taken or holds a `|`."""

    def add(cls: R) -> R:
        if name in _receivers or "|" in name:
            raise ValueError(f"outbox: the receiver '{name}' is declared twice, or is not a name")
        _receivers[name] = cls()
        return cls

    return add


def addresses_of(message: "Message") -> list[str]:
    """All addresses of a message, each as `receiver|address`."""
    if message.to:
        return [message.to]
    return [f"{name}|{one}" for name, each in sorted(_receivers.items()) for one in each.addresses(message)]


def hand_over(full: str, message: "Message") -> None:
    """Deliver to one address. Raises NotDelivered."""
    name, _, address = full.partition("|")
    if name not in _receivers:
        raise NotDelivered(f"this program knows no receiver '{name}'", for_good=True)
    _receivers[name].deliver(address, message)
