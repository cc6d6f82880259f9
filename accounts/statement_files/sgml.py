"""OFX 1 is SGML without end tags on its values: this makes of it the tree that OFX 2 has as XML. Pure.

The grammar is that of the OFX 1.6 specification, 2.3.1 ("SGML documents without DTD processing"): an element is either
an aggregate with an end tag, or a value without one. Banks that close values too are read as well.
"""

import re
from html import unescape
from xml.etree.ElementTree import Element

from accounts.statement_files.parts import Malformed

_TOKEN = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9._-]{0,40})\s*(/?)>([^<]*)|<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
DEEPEST = 40


def tree(text: str, values: frozenset[str]) -> Element:
    """The root element <OFX>. `values`: elements that are never aggregates, even when they are empty."""
    start = text.upper().find("<OFX>")
    if start < 0:
        raise Malformed("", "holds no <OFX> element")
    root = Element("OFX")
    stack, place = [root], start + len("<OFX>")
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            if text[place].isspace():
                place += 1
                continue
            raise Malformed(_line(text, place), "is no OFX: an element was expected")
        if not _take(stack, found, values, text, place):
            return root
        place = found.end()
    raise Malformed("", f"is cut off: <{stack[-1].tag}> is never closed")


def _take(stack: list[Element], found: re.Match[str], values: frozenset[str], text: str, place: int) -> bool:
    """Take one token; False when it closes the document."""
    closing, tag, empty, inner, literal = found.groups()
    if literal is not None:
        last = stack[-1][-1] if len(stack[-1]) else stack[-1]
        last.text = (last.text or "") + literal
        return True
    tag = tag.upper()
    if closing:
        return _close(stack, tag, values, text, place)
    if len(stack) > DEEPEST:
        raise Malformed(_line(text, place), f"elements are nested more than {DEEPEST} deep")
    node = Element(tag)
    node.text = unescape(inner).strip()
    stack[-1].append(node)
    if not (node.text or empty or tag in values):
        stack.append(node)
    return True


def _close(stack: list[Element], tag: str, values: frozenset[str], text: str, place: int) -> bool:
    if tag == stack[-1].tag:
        stack.pop()
        return bool(stack)
    if tag in values or (len(stack[-1]) and stack[-1][-1].tag == tag):
        return True  # a value that is closed, as some banks do
    raise Malformed(_line(text, place), f"</{tag}> closes nothing; <{stack[-1].tag}> is open")


def _line(text: str, place: int) -> str:
    return f"line {text.count(chr(10), 0, place) + 1}"
