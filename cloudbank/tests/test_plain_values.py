"""What the store sends and understands is, byte for byte, what botocore's own serializer and parser make of it."""

import json
from typing import Any

import botocore.session
from botocore.parsers import JSONParser
from botocore.serialize import JSONSerializer
from hypothesis import given
from hypothesis import strategies as st

from cloudbank.tables.base import connection
from cloudbank.tables.plain import PlainParser, PlainSerializer

MODEL = botocore.session.get_session().get_service_model("dynamodb")
NAMES = st.text(min_size=1, max_size=4)
DIGITS = st.integers().map(str)
LEAVES = st.one_of(
    st.text(max_size=8).map(lambda text: {"S": text}),
    DIGITS.map(lambda digits: {"N": digits}),
    st.booleans().map(lambda value: {"BOOL": value}),
    st.just({"NULL": True}),
    st.binary(max_size=8).map(lambda value: {"B": value}),
    st.lists(st.text(max_size=3), min_size=1, max_size=3).map(lambda texts: {"SS": texts}),
    st.lists(DIGITS, min_size=1, max_size=3).map(lambda digits: {"NS": digits}),
    st.lists(st.binary(max_size=3), min_size=1, max_size=3).map(lambda values: {"BS": values}),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda values: {"L": values}),
        st.dictionaries(NAMES, inner, max_size=3).map(lambda values: {"M": values}),
    ),
    max_leaves=6,
)
ITEMS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=5)


def body_of(serializer: JSONSerializer, item: dict[str, Any]) -> bytes:
    put = {"TableName": "T", "Item": item, "ExpressionAttributeValues": item, "ExpressionAttributeNames": {"#a": "a"}}
    request = {"TransactItems": [{"Put": put}], "ClientRequestToken": "t"}
    body: bytes = serializer.serialize_to_request(request, MODEL.operation_model("TransactWriteItems"))["body"]
    return body


@given(ITEMS)
def test_a_request_is_the_one_botocore_would_send(item: dict[str, Any]) -> None:
    before = repr(item)
    assert body_of(PlainSerializer(), item) == body_of(JSONSerializer(), item)
    assert repr(item) == before


@given(ITEMS)
def test_an_answer_is_the_one_botocore_would_give(item: dict[str, Any]) -> None:
    sent = json.loads(body_of(JSONSerializer(), item))["TransactItems"][0]["Put"]["Item"]
    answer = {"body": json.dumps({"Items": [sent], "Count": 1}).encode(), "headers": {}, "status_code": 200}
    shape = MODEL.operation_model("Query").output_shape
    understood = PlainParser().parse(answer, shape)
    assert understood == JSONParser().parse(answer, shape)
    assert understood["Items"] == [item]


def test_the_shared_client_speaks_so() -> None:
    client = connection().client
    assert type(client._serializer) is PlainSerializer
    assert type(client._endpoint._response_parser_factory.create_parser("json")) is PlainParser
