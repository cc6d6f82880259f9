"""A posting participant that finds nothing: for tests and measurements without rules."""

from collections.abc import Mapping
from typing import Any

from accounts.ledger import Movement
from accounts.participants import Profile, Verdict
from cloudbank.store import Write


class Quiet:
    """Screens nothing, remembers nothing."""

    def load(self, packed: bytes | None) -> Any:
        return packed or b""

    def dump(self, state: Any) -> bytes:
        return bytes(state)

    def decide(self, movement: Movement, states: Mapping[str, Any], profiles: Mapping[str, Profile]) -> Verdict:
        return Verdict()

    def writes(self, movement: Movement, verdict: Verdict, states: Mapping[str, Any]) -> list[Write]:
        return []

    def absorb(self, movement: Movement, verdict: Verdict, states: Mapping[str, Any], memory: dict[str, Any]) -> None:
        return None
