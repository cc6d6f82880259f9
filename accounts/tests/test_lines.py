"""Shards that are read side by side come in order, and only a few are ahead of who folds them."""

import threading

from accounts.queries.lines import READERS, side_by_side


def test_few_shards_are_in_memory_whatever_their_number() -> None:
    shards, begun, lock, most = [str(n) for n in range(20)], 0, threading.Lock(), 0

    def read(shard: str) -> str:
        nonlocal begun
        with lock:
            begun += 1
        return shard

    found = []
    for folded, one in enumerate(side_by_side(read, shards)):
        with lock:
            most = max(most, begun - folded)
        found.append(one)
    assert found == shards
    assert READERS <= most <= READERS + 1


def test_of_no_shards_nothing_is_read() -> None:
    assert list(side_by_side(lambda shard: shard, [])) == []
