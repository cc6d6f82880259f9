"""What a posting carries beside the money: the travel-rule fields of a wire, an instrument, a place. Pure.

A map from short names to texts, stored as compact JSON under the posting's hash; most postings have none.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

LONGEST = 1_200
"""Characters of the stored text: with the rest of it, a posting stays below 2 KB."""
NOTHING: Mapping[str, str] = MappingProxyType({})


def packed(values: Mapping[str, str]) -> str:
    """The stored text; "" when every value is empty. The same values always give the same text."""
    kept = {name: value for name, value in sorted(values.items()) if value}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else ""


@lru_cache(maxsize=4096)
def _unpacked(text: str) -> Mapping[str, str]:
    try:
        values = json.loads(text)
    except ValueError:
        return NOTHING
    if not isinstance(values, dict):
        return NOTHING
    return MappingProxyType({str(name): str(value) for name, value in values.items()})


def unpacked(text: str) -> Mapping[str, str]:
    """The values; none of a text that is damaged (its hash tells)."""
    return _unpacked(text) if text else NOTHING
