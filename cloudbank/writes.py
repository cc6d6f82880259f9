"""What a transaction may do to an item. Each write knows its key, for messages, and its TransactItem."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from cloudbank.tables import Item


@dataclass(frozen=True)
class Put:
    """Write the whole item, if the condition holds."""

    item: Item
    condition: Condition | None = None

    @property
    def label(self) -> str:
        """The key, for messages."""
        return self.item.hash_key

    def request(self) -> dict[str, Any]:
        """The TransactItem."""
        return {"Put": self.item.get_save_kwargs_from_instance(self.condition)}


@dataclass(frozen=True)
class Update:
    """Change some attributes of the item with this key, if the condition holds."""

    model: type[Item]
    key: str
    actions: Sequence[Action]
    condition: Condition | None = None

    @property
    def label(self) -> str:
        """The key, for messages."""
        return self.key

    def request(self) -> dict[str, Any]:
        """The TransactItem."""
        kwargs = self.model._get_connection().get_operation_kwargs(
            self.key, key="Key", actions=list(self.actions), condition=self.condition
        )
        return {"Update": kwargs}


@dataclass(frozen=True)
class Check:
    """Only that the condition holds on the item with this key."""

    model: type[Item]
    key: str
    condition: Condition

    @property
    def label(self) -> str:
        """The key, for messages."""
        return self.key

    def request(self) -> dict[str, Any]:
        """The TransactItem."""
        return {
            "ConditionCheck": self.model._get_connection().get_operation_kwargs(
                self.key, key="Key", condition=self.condition
            )
        }


@dataclass(frozen=True)
class Delete:
    """Remove the item with this key, if the condition holds."""

    model: type[Item]
    key: str
    condition: Condition | None = None

    @property
    def label(self) -> str:
        """The key, for messages."""
        return self.key

    def request(self) -> dict[str, Any]:
        """The TransactItem."""
        return {
            "Delete": self.model._get_connection().get_operation_kwargs(self.key, key="Key", condition=self.condition)
        }


@dataclass(frozen=True)
class Add:
    """Add whole numbers to attributes of a counter item, and set some texts, made on first use.

    The model must declare no other required attribute: the item may be born here.
    """

    model: type[Item]
    key: str
    numbers: Mapping[str, int]
    texts: Mapping[str, str] = field(default_factory=dict)
    unless: str = ""
    """Name of an attribute that must not be there (the gate of a day shard)."""

    @property
    def label(self) -> str:
        """The key, for messages."""
        return self.key

    def request(self) -> dict[str, Any]:
        """The TransactItem, written by hand: a posting makes two and their names vary."""
        names = {"#kind": "kind"}
        values: dict[str, Any] = {":kind": {"S": self.model.discriminator()}}
        adds, sets = [], ["#kind = :kind"]
        for place, (name, number) in enumerate(self.numbers.items()):
            names[f"#n{place}"] = name
            values[f":n{place}"] = {"N": str(number)}
            adds.append(f"#n{place} :n{place}")
        for place, (name, text) in enumerate(self.texts.items()):
            names[f"#t{place}"] = name
            values[f":t{place}"] = {"S": text}
            sets.append(f"#t{place} = :t{place}")
        kwargs: dict[str, Any] = {
            "TableName": self.model.Meta.table_name,
            "Key": {self.model._hash_keyname: {"S": self.key}},
            "UpdateExpression": f"SET {', '.join(sets)} ADD {', '.join(adds)}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }
        if self.unless:
            names["#unless"] = self.unless
            kwargs["ConditionExpression"] = "attribute_not_exists(#unless)"
        return {"Update": kwargs}


@dataclass(frozen=True)
class RawPut:
    """Write a whole item that is serialised already, whatever is there."""

    model: type[Item]
    raw: dict[str, Any]

    @property
    def label(self) -> str:
        """The key, for messages."""
        return str(self.raw[str(self.model._hash_keyname)]["S"])

    def request(self) -> dict[str, Any]:
        """The TransactItem."""
        return {"Put": {"TableName": self.model.Meta.table_name, "Item": self.raw}}


Write = Put | Update | Check | Delete | Add | RawPut


def new(item: Item) -> Put:
    """Put an item that must not exist yet."""
    return Put(item, type(item)._hash_key_attribute().does_not_exist())


def changed(item: Item) -> Put:
    """Put an item that was loaded, if nobody changed it since; its version goes up by one."""
    before = item.version
    item.version = before + 1
    return Put(item, type(item).version == before)


def stored(item: Item) -> Put:
    """`new` or `changed`, whichever the item's version says (0: never stored)."""
    if item.version:
        return changed(item)
    item.version = 1
    return new(item)
