"""Attribute values pass botocore as they are: DynamoDB's JSON is the form PynamoDB reads and writes.

botocore walks every value by its model, member by member, to find the few that are not JSON (blobs). On a posting of
thirty attributes that walk costs more than all the rest of a request; only what holds a blob needs it.
"""

from typing import Any

from botocore.parsers import JSONParser, ResponseParserFactory
from botocore.serialize import JSONSerializer
from pynamodb.connection import Connection

_VALUE = "AttributeValue"
_JSON = frozenset({"S", "N", "BOOL", "NULL", "SS", "NS"})
"""Types that are the same in JSON; B, BS and what may hold them (M, L) are botocore's."""


class PlainParser(JSONParser):
    """botocore's parser of answers, but for maps of attribute values."""

    def _handle_map(self, shape: Any, value: Any) -> Any:
        if shape.value.name != _VALUE:
            return super()._handle_map(shape, value)
        return {
            name: one if _JSON.issuperset(one) else self._parse_shape(shape.value, one) for name, one in value.items()
        }


class PlainSerializer(JSONSerializer):
    """botocore's writer of requests, but for maps of attribute values."""

    def _serialize_type_map(self, serialized: Any, value: Any, shape: Any, key: Any) -> None:
        if shape.value.name != _VALUE:
            super()._serialize_type_map(serialized, value, shape, key)
            return
        values = serialized[key] = dict(value)
        for name, one in value.items():
            if not _JSON.issuperset(one):
                self._serialize(values, one, shape.value, name)


class _Parsers(ResponseParserFactory):
    """Where botocore's endpoint asks for the parser of an answer."""

    def create_parser(self, protocol_name: str) -> PlainParser:
        return PlainParser(**self._defaults)


def use_plain_values(connection: Connection) -> None:
    """Let a connection that has made no client yet speak so; the values of every type come out as botocore's own."""
    connection.session.register_component("response_parser_factory", _Parsers())
    connection.client._serializer = PlainSerializer()
