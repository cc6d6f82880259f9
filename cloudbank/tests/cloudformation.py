"""The templates of deploy/ as Python reads them: `!Ref x` and its kin become {"Ref": x}, {"Fn::Sub": ...}."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
TEMPLATES = tuple(sorted((DEPLOY / "templates").glob("*.yaml")))


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms."""


def _short_form(loader: Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


Loader.add_multi_constructor("!", _short_form)


@cache
def template(name: str) -> dict[str, Any]:
    """The template of this name."""
    text = (DEPLOY / "templates" / f"{name}.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=Loader)  # noqa: S506  a SafeLoader
    return loaded


def resources(kind: str, *names: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """("template.Name", resource) of every resource of a type, of all templates or of those named."""
    for name in names or [path.stem for path in TEMPLATES]:
        for key, resource in template(name)["Resources"].items():
            if resource["Type"] == kind:
                yield f"{name}.{key}", resource


def walked(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every node below a value, with its path."""
    yield path, value
    for key, below in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from walked(below, f"{path}/{key}")


def statements(resource: dict[str, Any]) -> list[dict[str, Any]]:
    """The statements of a role, a bucket's policy or a key."""
    properties = resource["Properties"]
    documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    documents += [properties[name] for name in ("PolicyDocument", "KeyPolicy") if name in properties]
    return [one for document in documents for one in document["Statement"]]


def as_list(value: Any) -> list[Any]:
    """IAM lets one stand for a list of one."""
    return value if isinstance(value, list) else [value]
