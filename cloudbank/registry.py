"""Registries: a rule, a control, a metric is one file with one decorated object. Pure."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Objects by code. Refuses a code twice; iterates in the order of the codes."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._items: dict[str, T] = {}
        self._found = False

    def add(self, code: str, item: T) -> T:
        """Register one object; ValueError when the code is taken."""
        if self._items.setdefault(code, item) is not item:
            raise ValueError(f"{self._package}: the code '{code}' is registered twice")
        return item

    def register(self, code: str) -> Callable[[T], T]:
        """The decorator form of `add`."""
        return lambda item: self.add(code, item)

    def _discover(self) -> dict[str, T]:
        if not self._found:
            self._found = True
            package = importlib.import_module(self._package)
            for module in pkgutil.iter_modules(package.__path__):
                if module.name != "tests":
                    importlib.import_module(f"{self._package}.{module.name}")
        return self._items

    def __iter__(self) -> Iterator[T]:
        items = self._discover()
        return iter([items[code] for code in sorted(items)])

    def __len__(self) -> int:
        return len(self._discover())

    def __contains__(self, code: object) -> bool:
        return code in self._discover()

    def __getitem__(self, code: str) -> T:
        return self._discover()[code]

    def codes(self) -> list[str]:
        """All codes, sorted."""
        return sorted(self._discover())
