"""PynamoDB's items, with the same values made by half of its work.

PynamoDB sets each attribute of an item by looking it up anew, sets all defaults twice, and reads each value through
four calls: an item of fifty attributes costs more than the request that brought it. What is the same for all items of
a class is found once a class here (docs/decisions/0054); items and what is stored of them stay the same, to the byte.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from pynamodb.attributes import Attribute, DiscriminatorAttribute
from pynamodb.constants import NULL
from pynamodb.exceptions import AttributeNullError
from pynamodb.models import Model

_DEFAULTS = "_quick_defaults"
_STORED = "_quick_stored"


class QuickModel(Model):
    """A model without maps and lists: those are PynamoDB's own way of containing attributes."""

    def _set_defaults(self, _user_instantiated: bool = True) -> None:
        plain, made = _defaults_of(type(self))[_user_instantiated]
        self.attribute_values.update(plain)
        for name, make in made:
            setattr(self, name, make())

    def _container_deserialize(self, attribute_values: dict[str, dict[str, Any]]) -> None:
        self.attribute_values = {}
        self._set_discriminator()
        self._set_defaults(_user_instantiated=False)
        _take(self, attribute_values)

    @classmethod
    def _instantiate(cls, attribute_values: dict[str, dict[str, Any]]) -> Any:
        kind = cls._get_discriminator_class(attribute_values)
        if kind and not issubclass(kind, cls):
            raise ValueError(f"a {cls.__name__} cannot be made of a stored {kind.__name__}")
        item = (kind or cls)(_user_instantiated=False)
        _take(item, attribute_values)
        return item

    def _container_serialize(self, null_check: bool = True) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        values = self.attribute_values
        for name, stored, attribute, text in _stored_of(type(self)):
            value = values.get(name)
            if value is not None and not text:
                value = attribute.serialize(value)
            if value is not None:
                found[stored] = {attribute.attr_type: value}
            elif null_check and not attribute.null:
                raise AttributeNullError(name)
        return found


def _take(item: Any, raw: dict[str, dict[str, Any]]) -> None:
    """Set what is stored."""
    values = item.attribute_values
    for name, stored, attribute, text in _stored_of(type(item)):
        if (one := raw.get(stored)) and NULL not in one:
            value = attribute.get_value(one)
            if text:
                values[name] = value
            else:
                setattr(item, name, attribute.deserialize(value))


Defaults = tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]


def _defaults_of(kind: type[Model]) -> tuple[Defaults, Defaults]:
    """The defaults of items that are loaded, and of new ones: (values, what makes one for each item)."""
    found: tuple[Defaults, Defaults] | None = kind.__dict__.get(_DEFAULTS)
    if found is None:
        found = (_defaults(kind, False), _defaults(kind, True))
        setattr(kind, _DEFAULTS, found)
    return found


def _defaults(kind: type[Model], new: bool) -> Defaults:
    plain: dict[str, Any] = {}
    made: list[tuple[str, Callable[[], Any]]] = []
    for name, attribute in kind.get_attributes().items():
        default = attribute.default_for_new if new and attribute.default_for_new is not None else attribute.default
        if callable(default):
            made.append((name, default))
        elif default is not None and type(attribute).__set__ is Attribute.__set__:
            plain[name] = default
        elif default is not None:
            made.append((name, partial(_same, default)))
    return plain, made


def _same(value: Any) -> Any:
    return value


def _stored_of(kind: type[Model]) -> list[tuple[str, str, Attribute[Any], bool]]:
    """Each attribute: its name, its name in the table, itself, and whether its value is stored as it is."""
    found: list[tuple[str, str, Attribute[Any], bool]] | None = kind.__dict__.get(_STORED)
    if found is None:
        found = [(name, one.attr_name, one, _as_it_is(one)) for name, one in kind.get_attributes().items()]
        setattr(kind, _STORED, found)
    return found


def _as_it_is(attribute: Attribute[Any]) -> bool:
    kind: Any = type(attribute)
    own = (kind.serialize, kind.deserialize, kind.__set__)
    return own == (Attribute.serialize, Attribute.deserialize, Attribute.__set__) and not isinstance(
        attribute, DiscriminatorAttribute
    )
