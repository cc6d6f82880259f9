"""10,000 names against a built sanctions list of 20,000 entries: how long, and how many are found rightly.

The set is built by us and seeded (monitoring/tests/listed_names.py): transliterations, swapped and missing parts,
typing errors, other scripts; of the names that are not listed half share a part with somebody who is. Nothing was
tuned on seed 21.
"""

import time
from collections.abc import Iterator

from benchmarks.stage import Figure, seconds
from monitoring.sanctions import REVIEW, SURE, Index
from monitoring.tests.listed_names import Asked, Built

ENTRIES, NAMES, LISTED = 20_000, 10_000, 2_000
SEED = 21
SECONDS = 60
MISSED, WRONG = 5.0, 50.0
"""Percent of the listed names that may be missed, percent of the hits that may be somebody else (issue 6)."""


def figures() -> Iterator[Figure]:
    """Time of the look-ups with nothing cached; recall and precision from where a person looks at a name on."""
    built = Built(SEED, ENTRIES)
    made: list[Index] = []
    took = seconds(lambda: made.append(Index(built.entries, "bench")))
    yield Figure("sanctions list read and indexed", took, "s", limit=SECONDS, note=f"{ENTRIES:,} entries")
    asked = built.positives(LISTED) + built.negatives(NAMES - LISTED)
    answers: list[tuple[Asked, set[str], bool]] = []

    def look() -> None:
        for one in asked:
            found = made[0].search(one.name, REVIEW)
            sure = any(candidate.score >= SURE for candidate in found)
            answers.append((one, {candidate.entry.uid for candidate in found}, sure))

    before = time.process_time()
    spent = seconds(look)
    note = f"{len(asked):,} names, one process, {time.process_time() - before:.1f} s of processor"
    yield Figure("names against the list", spent, "s", limit=SECONDS, note=note)
    right = sum(one.uid in uids for one, uids, _ in answers if one.uid)
    wrong = sum(bool(uids) for one, uids, _ in answers if not one.uid)
    recall, precision = 100 * right / LISTED, 100 * right / max(1, right + wrong)
    yield Figure("listed names missed", 100 - recall, "%", limit=MISSED, note=f"recall {recall / 100:.3f}")
    yield Figure("hits that are others", 100 - precision, "%", limit=WRONG, note=f"precision {precision / 100:.3f}")
    sure = sum(sure for one, _, sure in answers if not one.uid)
    yield Figure(
        "others that score as sure", 100 * sure / (NAMES - LISTED), "%", note="a payment of theirs is looked at"
    )
    for how in sorted({one.how for one, _, _ in answers if one.uid}):
        some = [(one, uids) for one, uids, _ in answers if one.how == how]
        missed = sum(one.uid not in uids for one, uids in some)
        yield Figure(f"  missed: {how}", 100 * missed / len(some), "%", note=f"{len(some)} names")
