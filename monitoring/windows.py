"""Bounded windows: buckets by hour, day or week, and rings of the newest. Pure."""

from bisect import insort
from typing import Any

N_IN, SUM_IN, N_OUT, SUM_OUT, CASH_IN, CASH_OUT = range(6)
"""The fields of a bucket."""

Bucket = list[int]


def prune(buckets: dict[int, list[int]], oldest: int) -> None:
    """Drop what is at or before `oldest`."""
    if buckets and min(buckets) <= oldest:
        for key in [key for key in buckets if key <= oldest]:
            del buckets[key]


def keep(ring: list[Any], entry: tuple[int, ...], size: int) -> None:
    """Add an entry (time first) in its place; the newest stay, whatever the order in which they arrive."""
    if ring and entry < ring[-1]:
        insort(ring, entry)
    else:
        ring.append(entry)
    if len(ring) > size:
        del ring[0]


def add(buckets: dict[int, Bucket], key: int, place: int, amount: int, cash: bool) -> Bucket:
    """Count an amount in a bucket (`place`: N_IN or N_OUT); the bucket."""
    bucket = buckets.get(key)
    if bucket is None:
        bucket = buckets[key] = [0, 0, 0, 0, 0, 0]
    bucket[place] += 1
    bucket[place + 1] += amount
    if cash:
        bucket[CASH_IN if place == N_IN else CASH_OUT] += amount
    return bucket
