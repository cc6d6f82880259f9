"""XML from strangers: no DTD, no entity, no external reference, no deep nesting, bounded text. Pure.

defusedxml refuses what expands or reaches out; the rest is bounded here.
"""

from collections.abc import Iterator
from typing import IO, Protocol

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from accounts.statement_files.parts import Malformed

DEEPEST = 40
LONGEST_TEXT = 20_000


class Node(Protocol):
    """What is used of an element."""

    tag: str
    text: str | None
    attrib: dict[str, str]

    def __iter__(self) -> "Iterator[Node]":
        """Its children."""

    def clear(self) -> None:
        """Forget what is in it."""


def walk(file: IO[bytes]) -> Iterator[tuple[str, Node]]:
    """(start or end, element) in the order of the file. Raises Malformed for what is no harmless XML."""
    depth = 0
    try:
        for event, node in iterparse(file, events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            if depth > DEEPEST:
                raise Malformed("", f"elements are nested more than {DEEPEST} deep")
            if event == "end" and node.text and len(node.text) > LONGEST_TEXT:
                raise Malformed("", f"an element <{name(node)}> holds more than {LONGEST_TEXT:,} characters")
            yield event, node
    except ParseError as error:
        line, column = error.position
        raise Malformed(
            f"line {line}, column {column}", f"is no well-formed XML ({str(error).partition(':')[0]})"
        ) from error
    except DefusedXmlException as error:
        raise Malformed(
            "", "holds a document type or entities, which a statement never needs; it was not read"
        ) from error
    except (LookupError, ValueError) as error:
        raise Malformed("", f"is in an encoding that cannot be read ({error})") from error


def name(node: Node) -> str:
    """The element's name without its namespace."""
    return node.tag.rpartition("}")[2]


def namespace(node: Node) -> str:
    """The element's namespace, "" when it has none."""
    return node.tag[1:].partition("}")[0] if node.tag.startswith("{") else ""


def children(node: Node | None, tag: str) -> list[Node]:
    """The children with this name, whatever their namespace."""
    return [child for child in node if name(child) == tag] if node is not None else []


def at(node: Node | None, path: str) -> Node | None:
    """The first element at a path of names ("RltdPties/Dbtr/Nm"), or None."""
    for step in path.split("/"):
        node = next(iter(children(node, step)), None)
        if node is None:
            return None
    return node


def text_at(node: Node | None, *paths: str) -> str:
    """The text at the first of these paths that has some; spaces made single."""
    for path in paths:
        found = at(node, path)
        text = " ".join((found.text or "").split()) if found is not None else ""
        if text:
            return text
    return ""
