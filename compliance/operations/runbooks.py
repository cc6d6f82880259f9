"""The bank's runbooks as pages: the little Markdown that docs/runbooks uses, made HTML. All text is escaped."""

import re
from collections.abc import Iterator
from itertools import groupby

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

FOLDER = settings.BASE_DIR / "docs" / "runbooks"
_CODE = re.compile(r"`([^`]+)`")
_BOLD = re.compile(r"\*\*([^*]+)\*\*")
_OURS = re.compile(r"\[([^\]]+)\]\(([a-z0-9-]+)\.md\)")
_OTHER = re.compile(r"\[([^\]]+)\]\([^)]+\)")
_KINDS = (("ol", re.compile(r"\d+\. ")), ("ul", re.compile(r"- ")), ("h2", re.compile(r"## ")))


def parts(text: str) -> tuple[str, SafeString]:
    """(title, the rest as HTML)."""
    title, _, rest = text.partition("\n")
    return title.removeprefix("# ").strip(), mark_safe("".join(_blocks(rest)))  # noqa: S308  made of escaped text


def _blocks(text: str) -> Iterator[str]:
    for kind, some in groupby(_read(text), key=lambda one: one[0]):
        told = [escape(words) if kind == "pre" else _inline(words) for _, words in some]
        if kind in ("ol", "ul"):
            yield f"<{kind}>{''.join(f'<li>{one}</li>' for one in told)}</{kind}>"
        else:
            yield from (f"<{kind}>{one}</{kind}>" for one in told)


def _read(text: str) -> list[list[str]]:
    """[kind, words] of each block: a line without a mark goes on with the one before it; a blank one ends that."""
    found: list[list[str]] = []
    fenced = goes_on = False
    for line in text.splitlines():
        bare = line.strip()
        if bare.startswith("```"):
            fenced, goes_on = not fenced, False
            found += [["pre", ""]] if fenced else []
        elif fenced:
            found[-1][1] += f"{bare}\n"
        elif not bare:
            goes_on = False
        elif goes_on and _kind(bare) == "p":
            found[-1][1] += f" {bare}"
        else:
            found.append([_kind(bare), _bare(bare)])
            goes_on = True
    return found


def _kind(line: str) -> str:
    return next((kind for kind, mark in _KINDS if mark.match(line)), "p")


def _bare(line: str) -> str:
    for _, mark in _KINDS:
        if found := mark.match(line):
            return line[found.end() :]
    return line


def _inline(text: str) -> str:
    told = _CODE.sub(r"<code>\1</code>", escape(text))
    told = _OURS.sub(r'<a href="\2">\1</a>', _BOLD.sub(r"<strong>\1</strong>", told))
    return _OTHER.sub(r"\1", told)
