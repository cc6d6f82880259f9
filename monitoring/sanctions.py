"""Who on a sanctions list a name may be: an index over the list's names, a score, what else speaks for it. Pure.

A name is a set of words in one script, in any order. Two words are alike as they are written (Jaro-Winkler) or as they
sound; rare words of the list weigh more than common ones. The score is 1 for the same words; words that only one side
has count against it, less when they are few or little. Candidates are found by the sound of their words, so that one
look-up over 20,000 entries touches some hundreds.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest

from rapidfuzz.distance import JaroWinkler

from monitoring.names import is_little, joined_tokens, sounds

SURE, REVIEW = 0.92, 0.88
"""From SURE on a payment is stopped (domain/monitoring.md, rule 7); from REVIEW on a customer's name is looked at.
Measured on a built list of 20,000 (monitoring/tests/listed_names.py, a fifth of the names listed): at REVIEW recall
0.96 and precision 0.67, at SURE 0.93 and 0.85.
"""
ALIKE_SOUND = 0.95
"""Two words that sound alike and are not written alike."""
LEAST_ALIKE = 0.8
"""Words less alike than this are two words."""
LITTLE = 0.15
"""What a little word weighs against others."""
KEPT = 30
"""Candidates that are scored, those with the heaviest common words first."""
COMMON = 1_500
"""Sounds one letter away are looked at while no more names have them."""
NEAR, SHARED = 0.7, 0.5
"""What a sound one letter away weighs; how much of a name's weight a candidate must share."""
SHORT = 3
"""Sounds of fewer letters have no neighbours: everything would be one."""
EXTRA = 0.25
"""How much of the score hangs on the words that only the longer name has."""
BORN_APART = 1
"""Years by which two dates of birth may differ and still speak for the same person."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list. `names`: the first is the main one; `born`: ISO dates, or parts; `countries`: ISO codes."""

    uid: str
    names: tuple[str, ...]
    kind: str
    programs: str
    born: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that a name may be. `name`: which of its names; `score`: 0 to 1."""

    entry: Entry
    name: str
    score: float

    @property
    def exact(self) -> bool:
        """The same words."""
        return self.score == 1.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A candidate with what else is known: `sure` blocks, otherwise a person looks first."""

    candidate: Candidate
    party: str
    """The name that was looked up."""
    customer: str
    """Whose it is, "" outside the bank."""
    evidence: str
    """date of birth, country, or "" when nothing else speaks for or against."""
    sure: bool
    version: str = ""


_Name = tuple[int, str, tuple[str, ...]]


class Index:
    """All names of a list, to be asked by name. Read by many threads, changed by none."""

    def __init__(self, entries: Iterable[Entry] = (), version: str = "") -> None:
        self.version, self.entries = version, tuple(entries)
        self._names: list[_Name] = []
        self._by_sound: dict[str, set[int]] = defaultdict(set)
        for place, entry in enumerate(self.entries):
            for name in entry.names:
                if words := joined_tokens(name):
                    self._names.append((place, name, words))
        for number, (_, _, words) in enumerate(self._names):
            for key in {key for word in words for key in sounds(word)}:
                self._by_sound[key].add(number)
        self._exact: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, (_, _, words) in enumerate(self._names):
            self._exact[words].append(number)
        total = len(self._names) + 1
        self._weights = {key: math.log(total / len(some)) + 0.3 for key, some in self._by_sound.items()}
        self._rare = math.log(total) + 0.3
        self._near = _neighbours(self._by_sound)
        self.search = lru_cache(maxsize=65536)(self._search)
        """(name, least score) -> the entries whose best name scores at least so much."""

    def __bool__(self) -> bool:
        return bool(self._names)

    def _weight(self, word: str) -> float:
        weight = self._weights.get(sounds(word)[0], self._rare)
        return weight * LITTLE if is_little(word) else weight

    def _search(self, name: str, least: float) -> tuple[Candidate, ...]:
        """The entries whose best name scores at least so much, the best first; each entry once."""
        words = joined_tokens(name)
        found: dict[int, Candidate] = {}
        for number in [*self._exact.get(words, ()), *self._candidates(words)]:
            place, said, theirs = self._names[number]
            score = self._score(words, theirs)
            if score >= least and (place not in found or score > found[place].score):
                found[place] = Candidate(self.entries[place], said, score)
        return tuple(sorted(found.values(), key=lambda one: -one.score))

    def _candidates(self, words: Sequence[str]) -> list[int]:
        """The names that share the heaviest words by sound, or by a sound one letter away.

        Rare words first: once what is left cannot make a candidate of a name alone, only those found so far go on.
        """
        telling = [word for word in words if not is_little(word)] or list(words)
        weighed = sorted(((self._weights.get(sounds(word)[0], self._rare), word) for word in telling), reverse=True)
        left = least = sum(weight for weight, _ in weighed)
        least, shares = least * SHARED, defaultdict[int, float](float)
        for weight, word in weighed:
            keys, new = sounds(word), left >= least
            left -= weight
            same = self._with(keys)
            for number in same if new else same & shares.keys():
                shares[number] += weight
            near = self._with(self._near_to(keys[0])) - same
            if new and len(near) > COMMON:
                continue
            for number in near if new else near & shares.keys():
                shares[number] += weight * NEAR
        kept = [(share, number) for number, share in shares.items() if share >= least]
        if len(kept) > KEPT:
            kept = nlargest(KEPT, kept)
        return [number for _, number in kept]

    def _with(self, keys: Collection[str]) -> Set[int]:
        """The names that have a word with one of these sounds."""
        some = [self._by_sound[key] for key in keys if key in self._by_sound]
        return some[0] if len(some) == 1 else set().union(*some)

    def _near_to(self, key: str) -> set[str]:
        """The other sounds of the list that are one letter away from this one."""
        if len(key) < SHORT:
            return set()
        return {other for shorter in _shorter(key) for other in self._near.get(shorter, ())} - {key}

    def _score(self, ours: Sequence[str], theirs: Sequence[str]) -> float:
        if tuple(ours) == tuple(theirs):
            return 1.0
        pairs = sorted(((_alike(one, other), one, other) for one in ours for other in theirs), reverse=True)
        left, right = list(ours), list(theirs)
        matched = whole = 0.0
        for alike, one, other in pairs:
            if alike < LEAST_ALIKE:
                break
            if one in left and other in right:
                left.remove(one)
                right.remove(other)
                weight = (self._weight(one) + self._weight(other)) / 2
                matched, whole = matched + weight * alike, whole + weight
        if not whole or (len(ours) - len(left) < 2 and (left or right)):
            return 0.0  # one word in common tells nobody apart
        return self._covered(matched, whole, left, right)

    def _covered(self, matched: float, whole: float, left: Sequence[str], right: Sequence[str]) -> float:
        """Of the shorter name all words must be there; what more the longer one has counts little."""
        less, more = sorted((sum(map(self._weight, left)), sum(map(self._weight, right))))
        return min(0.999, matched / (whole + less) * (1 - EXTRA * more / (whole + more)))


@lru_cache(maxsize=262144)
def _alike(one: str, other: str) -> float:
    if one == other:
        return 1.0
    written = JaroWinkler.similarity(one, other)
    if set(sounds(one)) & set(sounds(other)) and written > 0.6:
        return max(written, ALIKE_SOUND)
    return written * 0.97


def _shorter(key: str) -> set[str]:
    """The key, and the key without one of its letters."""
    return {key, *(key[:place] + key[place + 1 :] for place in range(1, len(key)))} if len(key) >= SHORT else {key}


def _neighbours(keys: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Shortened key -> the keys that it comes from: two keys with one in common are a letter apart."""
    near: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        for shorter in _shorter(key):
            near[shorter].append(key)
    return {shorter: tuple(some) for shorter, some in near.items()}


def evidence(entry: Entry, born: str, countries: Iterable[str]) -> tuple[str, bool]:
    """(what speaks for the same person or "", whether the date of birth speaks against it)."""
    if born and entry.born:
        near = any(abs(int(one[:4]) - int(born[:4])) <= BORN_APART for one in entry.born)
        same = any(born.startswith(one) for one in entry.born)
        if same or near:
            return "date of birth", False
        return "", True
    return ("country", False) if set(countries) & set(entry.countries) else ("", False)


def hits(
    index: Index,
    name: str,
    *,
    least: float = SURE,
    born: str = "",
    countries: Iterable[str] = (),
    customer: str = "",
) -> list[Hit]:
    """Who on the list this name is, or may be.

    Sure: the same words, or a score of SURE with a date of birth or a country that speaks for it. A date of birth that
    speaks against it leaves only the same words, for a person to look at.
    """
    countries, found = tuple(countries), []
    for candidate in index.search(name, least):
        speaks, against = evidence(candidate.entry, born, countries)
        if candidate.exact or not against:
            sure = not against and (candidate.exact or (bool(speaks) and candidate.score >= SURE))
            found.append(Hit(candidate, name, customer, speaks, sure, index.version))
    return found


def cleared_value(subject: str, uid: str) -> str:
    """What stands on the list of cleared hits: a customer's id, or a name's words, and the entry's number."""
    return f"{subject}|{uid}"
