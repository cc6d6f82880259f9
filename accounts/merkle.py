"""A Merkle tree over a day's postings: its root is in the day's seal, and a path of hashes proves one posting. Pure.

Hashing as in RFC 6962, section 2.1 (SHA-256, leaves and nodes told apart by a first byte); leaves are the
postings' hashes in order, so the same day gives the same root whoever reads it.
"""

import hashlib
from collections.abc import Iterable, Sequence

LEFT, RIGHT = "left", "right"
Path = list[tuple[str, str]]
"""(side on which the other hash stands, the other hash), from the leaf up."""


def _leaf(content: str) -> str:
    return hashlib.sha256(b"\0" + content.encode()).hexdigest()


def _node(left: str, right: str) -> str:
    return hashlib.sha256(b"\1" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def _level_up(level: Sequence[str]) -> list[str]:
    """A hash without a neighbour goes up as it is."""
    pairs = [_node(level[place], level[place + 1]) for place in range(0, len(level) - 1, 2)]
    return pairs + [level[-1]] * (len(level) % 2)


def root(contents: Iterable[str]) -> str:
    """The root over the contents in sorted order (hex); of none, the hash of nothing."""
    level = [_leaf(one) for one in sorted(contents)]
    while len(level) > 1:
        level = _level_up(level)
    return level[0] if level else hashlib.sha256(b"").hexdigest()


def path(contents: Iterable[str], wanted: str) -> Path:
    """What leads from one of the contents to the root; ValueError when it is not among them."""
    ordered = sorted(contents)
    place, level, found = ordered.index(wanted), [_leaf(one) for one in ordered], Path()
    while len(level) > 1:
        other = place ^ 1
        if other < len(level):
            found.append((LEFT if other < place else RIGHT, level[other]))
        place, level = place // 2, _level_up(level)
    return found


def leads_to(content: str, steps: Path) -> str:
    """The root that the content and its path give; equal to the day's root only for what the day holds."""
    reached = _leaf(content)
    for side, other in steps:
        reached = _node(other, reached) if side == LEFT else _node(reached, other)
    return reached
