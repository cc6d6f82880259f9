"""Where something happened, coarsely: two decimals of a degree, about a kilometre. Pure.

Known of branches, from the bank's own list, and of imported movements that say it. Never guessed.
"""

import math
import re
from functools import lru_cache

EARTH_METRES = 6_371_008.8
"""The mean radius (IUGG)."""
_NUMBER = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{1,8})?")
_BRANCH = re.compile(r"[a-z0-9][a-z0-9_-]{0,23}")

Place = tuple[int, int]
"""Latitude and longitude in hundredths of a degree."""


class NoPlace(ValueError):
    """The text names no place; the message says why."""


def place(latitude: str, longitude: str) -> Place:
    """Of decimal degrees as text, rounded to hundredths. Raises NoPlace."""
    numbers = []
    for name, text, most in (("latitude", latitude, 90), ("longitude", longitude, 180)):
        if not _NUMBER.fullmatch(text.strip()) or abs(float(text)) > most:
            raise NoPlace(f"{name} '{text[:20]}' is no number of degrees between -{most} and {most}")
        numbers.append(round(float(text) * 100))
    return numbers[0], numbers[1]


def as_text(where: Place) -> str:
    """ "40.71,-74.01": as it is stored, and read by `parsed`."""
    return ",".join(f"{number / 100:.2f}" for number in where)


@lru_cache(maxsize=4096)
def parsed(text: str) -> Place | None:
    """The place of a stored text; None for what is none."""
    latitude, _, longitude = text.partition(",")
    try:
        return place(latitude, longitude)
    except NoPlace:
        return None


@lru_cache(maxsize=64)
def of_branches(text: str) -> dict[str, Place]:
    """Of "main 40.71 -74.01, airport 40.64 -73.78": branch -> place; entries that are none are left out."""
    found = {}
    for entry in text.split(","):
        words = entry.split()
        if len(words) == 3 and (where := parsed(f"{words[1]},{words[2]}")):
            found[words[0]] = where
    return found


def complaint(text: str) -> str:
    """What is wrong with a list of branches' places; "" when nothing is."""
    seen = set()
    for entry in filter(None, (part.strip() for part in text.split(","))):
        words = entry.split()
        if len(words) != 3 or not _BRANCH.fullmatch(words[0]):
            return f"'{entry[:40]}' is no branch with its latitude and longitude; write: main 40.71 -74.01"
        if words[0] in seen:
            return f"The branch '{words[0]}' stands in the list twice."
        seen.add(words[0])
        try:
            place(words[1], words[2])
        except NoPlace as error:
            return f"{words[0]}: {error}."
    return ""


def metres_between(one: Place, other: Place) -> int:
    """The great-circle distance by the haversine formula, in whole metres."""
    (lat1, lon1), (lat2, lon2) = (tuple(math.radians(number / 100) for number in where) for where in (one, other))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return round(2 * EARTH_METRES * math.asin(math.sqrt(min(1.0, half))))
