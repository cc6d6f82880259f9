"""What an SDK client is spared changes nothing of what Amazon is sent, and nothing that an item is or is stored as."""

from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from pynamodb.models import Model

from accounts.testing import a_teller
from accounts.tests.conftest import two_people
from accounts.tests.images import image
from cloudbank import tables
from cloudbank.tables.base import Item
from cloudbank.tables.lean import is_embedded, spare

AMAZON = "https://dynamodb.us-east-1.amazonaws.com"
KEY = {"TableName": "BankingUsers", "Key": {"user_id": {"S": "usr_x"}}}


def a_client(endpoint: str | None) -> tuple[Any, Any, list[Any]]:
    """A client whose requests are not sent, what takes them instead, and where it keeps them."""
    session, sent = botocore.session.Session(), list[Any]()
    session.set_credentials("AKIDEXAMPLE", "secret")
    client = session.create_client(
        "dynamodb", "us-east-1", endpoint_url=endpoint, config=Config(parameter_validation=False)
    )

    def caught(request: Any, **_: Any) -> AWSResponse:
        sent.append(request)
        answer = AWSResponse(request.url, 200, {}, None)
        answer._content = b"{}"
        return answer

    client.meta.events.register("before-send.dynamodb", caught)
    return client, SimpleNamespace(send=lambda **_: None), sent


def asked(endpoint: str | None, spared: bool) -> Any:
    """The request for one item, as it would go out."""
    client, wire, sent = a_client(endpoint)
    if spared:
        spare(client, wire if is_embedded(endpoint) else None)
    client.get_item(**KEY)
    return sent[0]


@pytest.mark.parametrize("endpoint", [None, "https://vpce-1.dynamodb.us-east-1.vpce.amazonaws.com", "http://db:8000"])
def test_amazon_and_whatever_is_reached_over_a_network_is_sent_what_the_sdk_sends(endpoint: str | None) -> None:
    lean, usual = asked(endpoint, True), asked(endpoint, False)
    assert (lean.url, lean.method, lean.body) == (usual.url, usual.method, usual.body)
    assert lean.headers.keys() == usual.headers.keys()
    assert lean.headers["User-Agent"].startswith(b"Botocore/")
    for name in ("X-Amz-Target", "Content-Type"):
        assert lean.headers[name] == usual.headers[name]
    said = lean.headers["Authorization"].decode()
    assert said.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert said.partition("/")[2].startswith(lean.headers["X-Amz-Date"].decode()[:8]), "signed at its own time"
    assert "Signature=" + "0" * 64 not in said


def test_each_request_to_amazon_has_a_signature_of_its_own() -> None:
    client, _, sent = a_client(AMAZON)
    spare(client, None)
    client.get_item(**KEY)
    client.get_item(**KEY | {"TableName": "BankingAccounts"})
    assert len({request.headers["Authorization"] for request in sent}) == 2


def test_an_engine_on_this_host_is_asked_without_computing_a_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> None:
        raise AssertionError("computed")

    monkeypatch.setattr("botocore.auth.SigV4Auth.add_auth", refused)
    request = asked("http://127.0.0.1:8001", True)
    assert request.url == "http://127.0.0.1:8001/"
    assert b"/us-east-1/dynamodb/aws4_request" in request.headers["Authorization"]
    with pytest.raises(AssertionError, match="computed"):
        asked("http://127.0.0.1:8001", False)


@pytest.mark.parametrize(("endpoint", "embedded"), [
    ("http://127.0.0.1:8001", True), ("http://localhost:1", True), ("http://[::1]:1", True), (None, False), ("", False),
    ("https://127.0.0.1:8001", False), ("http://127.0.0.1.evil.example", False), ("http://10.0.0.7:8000", False),
])  # fmt: skip
def test_only_an_engine_on_this_host_is_embedded(endpoint: str | None, embedded: bool) -> None:
    assert is_embedded(endpoint) is embedded


# --- items ------------------------------------------------------------------------------------------


def all_kinds(base: type[Item]) -> list[type[Item]]:
    """Every kind of item of a table."""
    return [base, *(kind for sub in base.__subclasses__() for kind in all_kinds(sub))]


def by_pynamodb(base: Any, raw: dict[str, Any]) -> dict[str, Any]:
    """The values that PynamoDB's own way makes of what is stored."""
    kind = base._get_discriminator_class(raw) or base
    made = kind.__new__(kind)
    made.attribute_values = {}
    made._set_discriminator()
    Model._set_defaults(made, _user_instantiated=False)
    Model._container_deserialize(made, raw)
    return dict(made.attribute_values)


def test_what_is_stored_is_read_and_written_as_pynamodb_would(bank: Any) -> None:
    two_people().transfer(2_500)
    a_teller()
    kinds = set()
    for (table, _), raw in image().items():
        base: Any = next(one for one in tables.TABLES if one.Meta.table_name == table)
        item = base.from_raw_data(raw)
        kinds.add(type(item))
        assert item.attribute_values == by_pynamodb(base, raw)
        assert item.serialize() == Model._container_serialize(item)
        assert list(item.serialize()) == list(Model._container_serialize(item))
    assert len(kinds) >= 8


@pytest.mark.parametrize(
    "kind", [kind for base in tables.TABLES for kind in all_kinds(base)], ids=lambda kind: kind.__name__
)
def test_a_new_item_of_each_kind_begins_as_pynamodb_would_have_it(kind: type[Item]) -> None:
    usual = kind.__new__(kind)
    usual.attribute_values = {}
    usual._set_discriminator()
    Model._set_defaults(usual)
    assert kind().attribute_values == usual.attribute_values
    assert kind().serialize(null_check=False) == Model._container_serialize(usual, null_check=False)


def test_all_kinds_of_all_tables_ask_by_one_client(bank: Any) -> None:
    """A client of its own, which PynamoDB makes for each kind, would ask the long way and tell nobody of doubtful tries."""
    ours = tables.connection().client
    asking = {kind: kind._get_connection().connection.client for base in tables.TABLES for kind in all_kinds(base)}
    assert len(asking) > 60 and all(one is ours for one in asking.values())
