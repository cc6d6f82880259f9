"""Webhooks against a real server: signed by Standard Webhooks, never into the bank's own network."""

import base64
import hashlib
import hmac
import json
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from moto import mock_aws

from cloudbank import outbox, store
from cloudbank.outbox import NotDelivered, Webhook, topic
from cloudbank.outbox.outside import Forbidden, checked, target
from cloudbank.outbox.webhooks import call

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
EVENT = outbox.declare("test.hook", "A hook is tested")


class Server(ThreadingHTTPServer):
    """Answers with `status` and keeps what it was sent."""

    status = 204
    location = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.heard: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?from=bank"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    settings.WEBHOOK_HOSTS_INSIDE = ["127.0.0.1"]
    with Server() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def a_hook(url: str, **options: Any) -> Webhook:
    values = {"label": "SIEM", "events": {EVENT}, "created_at": "2026-11-20T10:00:00.000000Z"}
    hook = Webhook(account_id="whk_1", version=1, url=url, **(values | options))
    hook.file()
    return hook


def a_message() -> outbox.Message:
    item = outbox.message(EVENT, "one", {"alert": "alt_1", "note": "Łódź"}, now=NOW).item
    assert isinstance(item, outbox.Message)
    return item


def is_signed(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """The check as a receiver writes it from the text of Standard Webhooks."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(f"v1,{expected}", one) for one in headers["Webhook-Signature"].split())


def sent(server: Server) -> tuple[str, dict[str, str], bytes]:
    path, headers, body = server.heard[-1]
    return path, {name.title(): value for name, value in headers.items()}, body


def test_a_webhook_is_told_signed_and_with_the_messages_id(server: Server) -> None:
    hook, message = a_hook(server.url), a_message()
    call(hook, message)
    path, headers, body = sent(server)
    assert path == "/hook?from=bank" and headers["Host"] == f"127.0.0.1:{server.server_port}"
    assert json.loads(body) == {
        "type": EVENT,
        "timestamp": "2026-11-20T15:00:00.000000Z",
        "data": {"alert": "alt_1", "note": "Łódź"},
    }
    assert headers["Webhook-Id"] == message.message_id and headers["Content-Type"] == "application/json"
    assert is_signed(headers, body, hook.secret)
    assert not is_signed(headers, body + b" ", hook.secret)
    assert not is_signed(headers | {"Webhook-Timestamp": "1"}, body, hook.secret)


def test_a_new_generation_and_a_new_key_have_other_secrets_and_both_sign_while_keys_change(
    server: Server, settings: Any
) -> None:
    old = a_hook(server.url).secret
    assert a_hook(server.url, generation=2).secret != old
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key" * 6, [settings.SECRET_KEY]
    hook = a_hook(server.url)
    call(hook, a_message())
    _, headers, body = sent(server)
    assert hook.secret != old and is_signed(headers, body, hook.secret) and is_signed(headers, body, old)


@pytest.mark.parametrize(("status", "for_good"), [(500, False), (404, False), (302, False), (410, True)])
def test_whatever_is_not_2xx_is_not_delivered_and_no_redirect_is_followed(
    server: Server, status: int, for_good: bool
) -> None:
    server.status, server.location = status, server.url
    with pytest.raises(NotDelivered, match=f"answered {status}") as refused:
        call(a_hook(server.url), a_message())
    assert refused.value.for_good is for_good and len(server.heard) == 1


def test_nobody_there_is_tried_again(settings: Any) -> None:
    settings.WEBHOOK_HOSTS_INSIDE = ["127.0.0.1"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    with pytest.raises(NotDelivered, match="not reached") as refused:
        call(a_hook(f"http://127.0.0.1:{closed}/"), a_message())
    assert not refused.value.for_good


def a_certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate of this name and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(made - timedelta(days=1)).not_valid_after(made + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
    certificate = builder.sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    file = folder / f"{name}.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return file


@pytest.mark.parametrize(("name", "trusted", "is_told"), [("localhost", True, True), ("localhost", False, False), ("other.example", True, False)])  # fmt: skip
def test_over_https_the_certificate_must_be_trusted_and_of_that_name(
    server: Server,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    trusted: bool,
    is_told: bool,
) -> None:
    settings.WEBHOOK_HOSTS_INSIDE = ["localhost"]
    file = a_certificate(tmp_path, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.server_port))]
    monkeypatch.setattr("cloudbank.outbox.outside.socket.getaddrinfo", lambda *_, **__: answers)
    hook = a_hook(f"https://localhost:{server.server_port}/hook")
    if is_told:
        call(hook, a_message())
        return
    with pytest.raises(NotDelivered, match="SSLError"):
        call(hook, a_message())
    assert server.heard == []


def test_an_answer_drop_by_drop_is_hung_up(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each drop comes in time for the timeout of a read; only the whole call has an end of its own."""
    settings.WEBHOOK_HOSTS_INSIDE = ["127.0.0.1"]
    monkeypatch.setattr(sys.modules["cloudbank.outbox.webhooks"], "IN_ALL", 0.3)
    over = threading.Event()

    def drip(listening: socket.socket) -> None:
        peer, _ = listening.accept()
        with peer, suppress(OSError):
            peer.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not over.wait(0.05):
                peer.sendall(b"z")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=drip, args=(listening,), daemon=True).start()
        began = time.monotonic()
        with pytest.raises(NotDelivered):
            call(a_hook(f"http://127.0.0.1:{listening.getsockname()[1]}/"), a_message())
        over.set()
    assert time.monotonic() - began < 3


def test_a_name_that_cannot_be_one_is_not_called() -> None:
    with pytest.raises(NotDelivered, match="no name of a host") as refused:
        call(a_hook(f"https://{'a' * 70}.example/hook"), a_message())
    assert refused.value.for_good


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.9", "169.254.169.254", "172.16.0.1", "0.0.0.0", "100.64.0.1", "224.0.0.1",
     "::1", "fd00::1", "fe80::1%eth0", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
     "64:ff9b::10.0.0.1", "2002:7f00:1::"],
)  # fmt: skip
def test_a_name_that_points_inside_is_not_called(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (address, 443))])
    with pytest.raises(Forbidden, match="private network"):
        target("https://harmless.example/hook")
    with pytest.raises(NotDelivered) as refused:
        call(a_hook("https://harmless.example/hook"), a_message())
    assert refused.value.for_good


def test_one_answer_inside_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(Forbidden):
        target("https://harmless.example/hook")


def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("93.184.216.34", 443))])
    found = target("https://harmless.example/a?b=c")
    assert (found.address, found.host, found.port, found.path) == ("93.184.216.34", "harmless.example", 443, "/a?b=c")


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "ftp://example.com/", "javascript:alert(1)", "https://", "example.com", "https://a:b@example.com/",
     "https://example.com:99999/", "https://example.com:0/", "https://example.com/#x", "https://[::1", "file:///etc/passwd", ""],
)  # fmt: skip
def test_what_is_no_address_of_a_webhook_is_refused(url: str) -> None:
    with pytest.raises(Forbidden):
        checked(url)


def test_only_active_webhooks_that_asked_are_told(bank: Any, server: Server) -> None:
    store.save([store.Put(a_hook(server.url))])
    assert [hook.webhook_id for hook in outbox.webhooks()] == ["whk_1"]
    receiver = outbox.Webhooks()
    assert receiver.addresses(a_message()) == ["whk_1"]
    store.save([store.Put(a_hook(server.url, events={"alert.other"}))])
    assert receiver.addresses(a_message()) == []
    store.save([store.Put(a_hook(server.url, active=False))])
    assert receiver.addresses(a_message()) == []
    with pytest.raises(NotDelivered, match="turned off"):
        receiver.deliver("whk_1", a_message())
    assert server.heard == []


@mock_aws
def test_the_topic_of_the_settings_hears_of_it(settings: Any) -> None:
    queue = boto3.client("sqs", region_name="us-east-1").create_queue(QueueName="q")["QueueUrl"]
    sns = boto3.client("sns", region_name="us-east-1")
    arn = sns.create_topic(Name="notices")["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:q")
    settings.NOTICE_TOPIC_ARN = arn
    topic._client.cache_clear()
    message = a_message()
    receiver = outbox.Topic()
    assert list(receiver.addresses(message)) == [arn]
    receiver.deliver(arn, message)
    heard = json.loads(
        boto3.client("sqs", region_name="us-east-1").receive_message(QueueUrl=queue)["Messages"][0]["Body"]
    )
    assert json.loads(heard["Message"])["data"]["alert"] == "alt_1"
    assert heard["MessageAttributes"]["id"]["Value"] == message.message_id
    with pytest.raises(NotDelivered):
        receiver.deliver(f"{arn}-gone", message)
    settings.NOTICE_TOPIC_ARN = ""
    assert list(receiver.addresses(message)) == []
    topic._client.cache_clear()
