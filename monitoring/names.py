"""Names in one form, whatever script, order, accents and titles they were written with. Pure."""

import re
from functools import lru_cache

from anyascii import anyascii

_BREAKS = re.compile(r"[^a-z0-9]+")
_SILENT = re.compile(r"['`\u2018\u2019\u02bb\u02bc\u02b9\u02bf\u02be]")
"""Apostrophes inside a word: O'Brien, Al-Qa'ida."""
TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "sir", "hajji", "haji", "sheikh", "shaykh", "jr", "sr"})


_SERVANT = re.compile(r"\babd(?:ul|el|al|ol|)[\W_]+(?:(?:al|el|ul|ar|as|ad|an|at|az)[\W_]+)?(?=[a-z]{3})")
"""Abd al-Rahman, Abdul Rahman, Abd el Rahman: one name in several words."""


@lru_cache(maxsize=65536)
def tokens(name: str) -> tuple[str, ...]:
    """The words of a name in Latin small letters, sorted; titles left out unless nothing else is there."""
    return _words(_plain(name))


@lru_cache(maxsize=65536)
def joined_tokens(name: str) -> tuple[str, ...]:
    """The same, names of "servant of ..." joined as Abdulrahman is: what lists of sanctions are compared by."""
    return _words(_SERVANT.sub("abdul", _plain(name)))


def _plain(name: str) -> str:
    return _SILENT.sub("", anyascii(_SILENT.sub("", name)).casefold())


def _words(plain: str) -> tuple[str, ...]:
    words = [word for word in _BREAKS.split(plain) if word]
    return tuple(sorted([word for word in words if word not in TITLES] or words))


def name_key(name: str) -> str:
    """What two spellings of the same name have in common: their words in one order."""
    return " ".join(tokens(name))


_FOLDS = (
    *((re.compile(pattern), to) for pattern, to in (
        ("ph", "f"), ("kh|ch", "h"), ("tch|tsch|sch|sh|ts|tz|cz|cs", "s"), ("dj|dzh|zh|dsch", "j"),
        ("gh", "g"), ("th|dh", "t"), ("qu|q|ck|c(?![eiy])", "k"), ("c", "s"), ("x", "ks"), ("z", "s"),
        ("w|ou(?=[aeiou])", "v"), ("[jy]", "i"), ("g", "k"), ("b(?=t)", "p"), ("d", "t"),
    )),
)  # fmt: skip
_VOWELS = re.compile(r"[aeiouhv]+")
_TWICE = re.compile(r"(.)\1+")
_LITTLE = "al el ul as ad an ar bin ibn ben bint abd de la van von"
_ARTICLES = frozenset(_LITTLE.split())
"""Little words that transliterations join, drop or turn: al-Rahman, Abdul Rahman, Abdurrahman."""


@lru_cache(maxsize=131072)
def sound(word: str) -> str:
    """The consonants by which transliterations of a word agree: muhammad, mohamed, mohammad -> "mmt"."""
    for pattern, to in _FOLDS:
        word = pattern.sub(to, word)
    bare = _VOWELS.sub("", word[1:])
    first = "a" if word[:1] in "aeiou" else word[:1]
    return _TWICE.sub(r"\1", first + bare)


_OTHERWISE = (("ch", "sh"), ("j", "g"), ("j", "sh"), ("b", "p"), ("v", "b"))
"""What one letter stands for in another transliteration: French ch, Egyptian g, Korean j and b, Spanish v."""


@lru_cache(maxsize=131072)
def sounds(word: str) -> tuple[str, ...]:
    """All its sounds, the usual one first."""
    word = word.replace("dj", "j")
    return tuple(dict.fromkeys([sound(word), *(sound(word.replace(*one)) for one in _OTHERWISE if one[0] in word)]))


def is_little(word: str) -> bool:
    """Whether it tells nobody apart: an article, a particle, a single letter."""
    return len(word) == 1 or word in _ARTICLES
