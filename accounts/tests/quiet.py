"""A posting participant that finds nothing: for tests and measurements without rules."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from accounts.ledger import Movement
from accounts.outcomes import OUTCOMES
from accounts.participants import Profile, Verdict
from cloudbank.store import Write


class Quiet:
    """Screens nothing, remembers nothing."""

    def load(self, packed: bytes | None) -> Any:
        return packed or b""

    def dump(self, state: Any) -> bytes:
        return bytes(state)

    def decide(
        self,
        movement: Movement,
        states: Mapping[str, Any],
        profiles: Mapping[str, Profile],
        known: Collection[str] = (),
    ) -> Verdict:
        return Verdict()

    def without(self, packed: bytes | None, state: Any) -> Any:
        return packed or b""

    def objection(self, profile: Profile, today: date) -> str:
        return ""

    def references(self, verdict: Verdict) -> list[str]:
        return []

    def writes(self, movement: Movement, verdict: Verdict, states: Mapping[str, Any]) -> list[Write]:
        return []

    def absorb(self, movement: Movement, verdict: Verdict, states: Mapping[str, Any], memory: dict[str, Any]) -> None:
        return None


class Stern(Quiet):
    """Finds what the memo says: "hold", "block", ...; each movement's memo is its finding's name."""

    def decide(
        self,
        movement: Movement,
        states: Mapping[str, Any],
        profiles: Mapping[str, Profile],
        known: Collection[str] = (),
    ) -> Verdict:
        word = movement.memo.partition(" ")[0]
        if word not in OUTCOMES:
            return Verdict()
        return Verdict("ALERT", (), {"rule_7_found": 1}, LATER.get(word, word), (word,))

    def references(self, verdict: Verdict) -> list[str]:
        return ["alt_test"]


LATER: dict[str, str] = {}
"""What a word means by now: {"hold": "block"} makes what was held once be refused when it is judged again."""
