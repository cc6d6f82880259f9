"""Requests to an engine on this host: every way in which an engine can fail to answer is botocore's own error."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)

from cloudbank.house.processes import free_port
from cloudbank.tables.loopback import Loopback

YES = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDate: now\r\n\r\n{}"


def whole_request(connection: socket.socket) -> bytes:
    """A request with its body; b"" when the other side has hung up. Head and body may come one after the other."""
    read = b""
    while more := connection.recv(65536):
        read += more
        head, _, body = read.partition(b"\r\n\r\n")
        if body and len(body) >= int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0]):
            break
    return read


@contextmanager
def engine(*answers: bytes, hangs_up: bool = False) -> Iterator[SimpleNamespace]:
    """Gives these answers, one a request, over any number of connections; it may hang up after each."""
    seen, left, open_ones = SimpleNamespace(requests=[], connections=0), list(answers), list[socket.socket]()

    def serve(connection: socket.socket) -> None:
        while left and (asked := whole_request(connection)):
            seen.requests.append(asked)
            connection.sendall(left.pop(0))
            if hangs_up:
                connection.close()
                return

    def accept() -> None:
        with suppress(OSError):  # the end of the test
            while True:
                open_ones.append(server.accept()[0])
                seen.connections += 1
                threading.Thread(target=serve, args=open_ones[-1:], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        seen.url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        threading.Thread(target=accept, daemon=True).start()
        yield seen
        server.shutdown(socket.SHUT_RDWR)
    for one in open_ones:
        one.close()


def a_request(url: str, body: bytes = b"{}", **headers: Any) -> Any:
    """As botocore prepares one: header values are bytes or text."""
    return SimpleNamespace(method="POST", url=url, body=body, headers={"Content-Length": str(len(body))} | headers)


def test_a_request_and_its_answer() -> None:
    with engine(YES) as seen:
        answer = Loopback(seen.url, 1, 1).send(a_request(seen.url, b'{"a":1}', Target=b"T.Get"))
        assert (answer.status_code, answer.content, answer.headers["DATE"]) == (200, b"{}", "now")
    head, _, body = seen.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST / HTTP/1.1\r\nHost: " + seen.url[7:-1].encode())
    assert b"\r\nContent-Length: 7" in head and b"\r\nTarget: T.Get" in head
    assert body == b'{"a":1}'


def test_one_connection_serves_one_request_after_the_other() -> None:
    with engine(YES, YES, YES) as seen:
        wire = Loopback(seen.url, 1, 1)
        for _ in range(3):
            wire.send(a_request(seen.url))
        assert (len(seen.requests), seen.connections) == (3, 1)


def test_an_answer_may_come_in_pieces_and_be_long() -> None:
    body = b"x" * 3_000_000
    with engine(b"HTTP/1.1 400 No\r\nContent-Le" + b"ngth: 3000000\r\n\r\n" + body) as seen:
        answer = Loopback(seen.url, 1, 5).send(a_request(seen.url))
    assert (answer.status_code, answer.content) == (400, body)


def test_a_connection_that_was_closed_meanwhile_is_not_used_again() -> None:
    with engine(YES, YES, hangs_up=True) as seen:
        wire = Loopback(seen.url, 1, 1)
        wire.send(a_request(seen.url))
        time.sleep(0.05)
        wire.send(a_request(seen.url))
        assert seen.connections == 2


def test_who_says_close_is_not_asked_over_this_connection_again() -> None:
    with engine(YES.replace(b"Date: now", b"Connection: close"), YES) as seen:
        wire = Loopback(seen.url, 1, 1)
        wire.send(a_request(seen.url))
        assert not wire._free


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Le", b"HTTP/1.1 200 OK\r\n\r\n", YES[:-1]])
def test_hanging_up_before_the_answer_is_complete(answer: bytes) -> None:
    with engine(answer, hangs_up=True) as seen, pytest.raises(ConnectionClosedError):
        Loopback(seen.url, 1, 1).send(a_request(seen.url))


@pytest.mark.parametrize("answer", [
    b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 xyz\r\nContent-Length: 0\r\n\r\n", b"x" * 200_000,
])  # fmt: skip
def test_what_is_no_answer_of_an_engine(answer: bytes) -> None:
    with engine(answer) as seen, pytest.raises(HTTPClientError) as caught:
        Loopback(seen.url, 1, 1).send(a_request(seen.url))
    assert type(caught.value) is HTTPClientError


def test_an_engine_that_says_nothing() -> None:
    with engine(b"") as seen, pytest.raises(ReadTimeoutError):
        Loopback(seen.url, 1, 0.05).send(a_request(seen.url))


def test_no_engine_at_all() -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    with pytest.raises(EndpointConnectionError):
        Loopback(url, 1, 1).send(a_request(url))


def test_an_engine_that_does_not_take_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: Any) -> None:
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", late)
    with pytest.raises(ConnectTimeoutError):
        Loopback("http://127.0.0.1:1", 1, 1).send(a_request("http://127.0.0.1:1/"))


def test_a_forked_process_does_not_share_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    with engine(YES, YES) as seen:
        wire = Loopback(seen.url, 1, 1)
        wire.send(a_request(seen.url))
        monkeypatch.setattr("os.getpid", lambda: -1)
        wire.send(a_request(seen.url))
        assert seen.connections == 2


def test_threads_have_a_connection_each(bank: Any) -> None:
    wire, request = (
        Loopback(bank.url, 2, 5),
        a_request(bank.url + "/", **{"Content-Type": "application/x-amz-json-1.0"}),
    )
    answers: list[int] = []

    def ask() -> None:
        for _ in range(20):
            answers.append(wire.send(request).status_code)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 160
    assert set(answers) == {400}, "no engine takes a request without a target; each got its own answer"
    assert 1 <= len(wire._free) <= 8
