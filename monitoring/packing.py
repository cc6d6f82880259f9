"""The stored form of a customer's risk state: compact JSON, compressed when that helps. Pure.

`load(dump(state)) == state`, exactly. Times are kept as distances from the last movement, so that
they are short; a packed state never exceeds LIMIT bytes, whatever happened.
"""

import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from monitoring.activity import HOUR_SECONDS, N_OUT, SUM_OUT, Activity

VERSION = 3
OLDER = (1, 2)
"""Forms that are still read; what they did not hold begins empty."""
LIMIT = 4096
NEEDED = 23
"""Parts that every form of version 2 and later has."""
LEVEL = 4
"""Of zlib: half the time of 6 for two percent more bytes (measured)."""
PLAIN = 800
"""Up to here the text is stored as it is: with keys and names the item stays under 1 KB anyway."""

_encode = json.JSONEncoder(separators=(",", ":")).encode


class UnknownForm(ValueError):
    """The bytes are no risk state of this version."""


def dump(state: Activity) -> bytes:
    """The stored form.

    Amounts beyond all banks in every window could pass LIMIT; then the least recent counterparties
    are forgotten (in the state as well), half of them at a time, and after them the oldest buckets.
    """
    packed = _pack(state)
    while len(packed) > LIMIT and (more := [(one, keep) for one, keep in _forgettable(state) if len(one) > keep]):
        window, keep = more[0]
        for key in list(window)[: (len(window) - keep + 1) // 2]:
            del window[key]
        packed = _pack(state)
    return packed


def _forgettable(state: Activity) -> list[tuple[dict[int, list[int]], int]]:
    """What may go when space is short, in this order, and how many of each stay; each holds its oldest first."""
    return [(state.counterparties, 1), (state.hourly, 0), (state.counterparties, 0), (state.daily, 0)]


def _pack(state: Activity) -> bytes:
    text = _encode(_numbers(state)).encode()
    return text if len(text) <= PLAIN else zlib.compress(text, LEVEL)


def load(packed: bytes | None) -> Activity:
    """The state; None gives that of a customer without history. Raises UnknownForm."""
    if not packed:
        return Activity()
    try:
        numbers = json.loads(packed if packed[:1] == b"[" else zlib.decompress(packed))
    except (ValueError, zlib.error) as error:
        raise UnknownForm(str(error)) from error
    if not isinstance(numbers, list) or not numbers or numbers[0] not in (VERSION, *OLDER):
        raise UnknownForm(f"begins with {str(numbers)[:20]}")
    try:
        state = _state(numbers)
        if numbers[0] != 1:
            _further(state, numbers[16:])
    except (ValueError, TypeError) as error:
        raise UnknownForm(f"version {numbers[0]} is damaged: {error}") from error
    if numbers[0] == 1:
        _begin(state)
    return state


def _numbers(state: Activity) -> list[object]:
    """Everything in order; what most states lack stands last, and is left out."""
    at, day, hour = state.last_at, state.last_day, state.last_at // HOUR_SECONDS
    numbers: list[object] = [
        VERSION,
        state.opened_on,
        at,
        day,
        _keyed(hour, state.hourly),
        _keyed(day, state.daily),
        [*state.stats_in, *state.stats_out, *state.days_in, *state.days_out],
        [number for then, amount, who in state.ring_in for number in (at - then, amount, who)],
        [number for then, amount, who in state.ring_out for number in (at - then, amount, who)],
        [
            number
            for who, (first, last, seen_in, seen_out) in state.counterparties.items()
            for number in (who, at - last, last - first, seen_in, seen_out)
        ],
        day - state.today_day,
        [number for entry in state.today.items() for number in entry],
        _keyed(day, state.near),
        _keyed(day, state.conducted),
        [number for rule, then in state.fired.items() for number in (rule, at - then)],
        state.open_alerts,
        [at - state.own_at, at - state.rest_from, at - state.woke_at] if state.rest_from else [at - state.own_at],
        _keyed(day // 7, state.weeks),
        _keyed(day, state.deposits),
        [
            number
            for where, (cash, near) in state.places.items()
            for number in (where, day - cash, near and day - near + 1)
        ],
        [number for then, amount in state.over_counter for number in (at - then, amount)],
        state.digits,
        [number for loan, (booked, principal) in state.loans.items() for number in (loan, day - booked, principal)],
        [number for rule, (until, quiet) in state.snoozed.items() for number in (rule, until, quiet)],
        _keyed(day, state.bought),
        [at - state.last_place[0], *state.last_place[1:]] if state.last_place else [],
    ]
    while len(numbers) > NEEDED and not numbers[-1]:
        numbers.pop()
    return numbers


def _keyed(base: int, buckets: dict[int, list[int]]) -> list[int]:
    return [number for key, values in buckets.items() for number in (base - key, *values)]


def _state(numbers: Sequence[Any]) -> Activity:
    state = Activity()
    (_, state.opened_on, at, day, hourly, daily, stats, ring_in, ring_out, known, today_day) = numbers[:11]
    today, near, conducted, fired, state.open_alerts = numbers[11:16]
    state.last_at, state.last_day, state.today_day = at, day, day - today_day
    state.hourly = _buckets(at // HOUR_SECONDS, hourly, 6)
    state.daily = _buckets(day, daily, 6)
    state.stats_in, state.stats_out, state.days_in, state.days_out = stats[:3], stats[3:6], stats[6:11], stats[11:]
    state.ring_in = [(at - then, amount, who) for then, amount, who in _groups(ring_in, 3)]
    state.ring_out = [(at - then, amount, who) for then, amount, who in _groups(ring_out, 3)]
    state.counterparties = {
        who: [at - last - span, at - last, seen_in, seen_out]
        for who, last, span, seen_in, seen_out in _groups(known, 5)
    }
    state.today = dict(_groups(today, 2))
    state.near, state.conducted = _buckets(day, near, 2), _buckets(day, conducted, 2)
    state.fired = {rule: at - then for rule, then in _groups(fired, 2)}
    return state


def _begin(state: Activity) -> None:
    """What version 1 did not hold, as far as the rest of it tells."""
    state.own_at = state.last_at
    for day, bucket in sorted(state.daily.items()):
        if bucket[N_OUT]:
            state.weeks.setdefault(day // 7, [0])[0] += bucket[SUM_OUT]


def _further(state: Activity, numbers: Sequence[Any]) -> None:
    """Set what versions 2 and 3 added."""
    use, weeks, deposits, places, over_counter, state.digits, loans, *further = numbers
    at, day = state.last_at, state.last_day
    state.own_at, *rest = [at - since for since in use]
    if rest:
        state.rest_from, state.woke_at = rest
    state.weeks, state.deposits = _buckets(day // 7, weeks, 1), _buckets(day, deposits, 3)
    state.places = {where: [day - cash, near and day - near + 1] for where, cash, near in _groups(places, 3)}
    state.over_counter = [(at - then, amount) for then, amount in _groups(over_counter, 2)]
    state.loans = {loan: [day - booked, principal] for loan, booked, principal in _groups(loans, 3)}
    snoozed, bought, place = [*further, [], [], []][:3]
    state.snoozed = {rule: [until, quiet] for rule, until, quiet in _groups(snoozed, 3)}
    state.bought = _buckets(day, bought, 2)
    if place:
        state.last_place = (at - place[0], place[1], place[2])


def _groups(flat: Sequence[int], size: int) -> Iterable[tuple[Any, ...]]:
    return zip(*[iter(flat)] * size, strict=True)


def _buckets(base: int, flat: list[int], size: int) -> dict[int, list[int]]:
    step = size + 1
    return {base - flat[start]: flat[start + 1 : start + step] for start in range(0, len(flat), step)}
