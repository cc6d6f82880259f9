"""Requests to an engine on this host, over plain sockets: a third of what the SDK's HTTP stack takes for one.

botocore asks `before-send` handlers for an answer first; this one gives it, or fails with botocore's own errors, so
that all above it (retries, what became of a try, the clock) is the same as towards Amazon. No TLS, no proxies, no
redirects: none of them is on the way to an engine on this host.
"""

import os
import select
import socket
from collections import deque
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)

CHUNK = 1 << 16
LONGEST_HEAD = 1 << 16


class Loopback:
    """Keeps connections that are free, like a pool; any thread may send. Seconds: until connected, until answered."""

    def __init__(self, endpoint: str, connect_seconds: float, read_seconds: float) -> None:
        parts = urlsplit(endpoint)
        self._address = (parts.hostname or "", parts.port or 80)
        self._host = parts.netloc.encode()
        self._connect_seconds, self._read_seconds = connect_seconds, read_seconds
        self._free: deque[socket.socket] = deque()
        self._process = os.getpid()

    def send(self, request: Any, **_: Any) -> AWSResponse:
        """The answer to a prepared request. Raises what botocore's own session would."""
        connection = self._connection(request.url)
        try:
            connection.sendall(self._message(request))
            status, headers, body, stays = _read(connection)
        except TimeoutError as error:
            connection.close()
            raise ReadTimeoutError(endpoint_url=request.url, error=error) from error
        except OSError as error:
            connection.close()
            raise ConnectionClosedError(endpoint_url=request.url, request=request, error=error) from error
        except ValueError as error:
            connection.close()
            raise HTTPClientError(error=error) from error
        if stays:
            self._free.append(connection)
        else:
            connection.close()
        answer = AWSResponse(request.url, status, headers, None)
        answer._content = body
        return answer

    def close(self) -> None:
        """Give up the connections that are free."""
        with suppress(IndexError):
            while True:
                self._free.pop().close()

    __del__ = close

    def _connection(self, url: str) -> socket.socket:
        if self._process != os.getpid():  # they belong to the process that this one was forked from
            self.close()
            self._process = os.getpid()
        while self._free:
            try:
                connection = self._free.pop()
            except IndexError:
                break  # another thread was faster
            if _is_open(connection):
                return connection
            connection.close()
        try:
            made = socket.create_connection(self._address, self._connect_seconds)
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=url, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=url, error=error) from error
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.settimeout(self._read_seconds)
        return made

    def _message(self, request: Any) -> bytes:
        parts = urlsplit(request.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [f"{request.method} {path} HTTP/1.1".encode(), b"Host: " + self._host]
        lines += [_bytes(name) + b": " + _bytes(value) for name, value in request.headers.items()]
        return b"\r\n".join([*lines, b"", _bytes(request.body or b"")])


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _is_open(connection: socket.socket) -> bool:
    """Whether the other side keeps it open and has said nothing that nobody asked for."""
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return not waiting.poll(0)


def _read(connection: socket.socket) -> tuple[int, dict[str, str], bytes, bool]:
    """Status, headers, body, and whether the connection stays. ConnectionError when it ends before the answer does."""
    read = b""
    while (end := read.find(b"\r\n\r\n")) < 0:
        if len(read) > LONGEST_HEAD:
            raise ValueError("the head of the answer does not end")
        read += _more(connection)
    first, *lines = read[:end].decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    if not version.startswith("HTTP/1.") or not rest[:3].isdigit():
        raise ValueError(f"no answer of HTTP: {first[:60]}")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body, size = [read[end + 4 :]], _size(headers)
    missing = size - len(body[0])
    while missing > 0:
        body.append(_more(connection))
        missing -= len(body[-1])
    stays = missing == 0 and version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
    return int(rest[:3]), headers, b"".join(body)[:size], stays


def _size(headers: dict[str, str]) -> int:
    length = headers.get("content-length", "")
    if not length.isdigit():
        raise ValueError("the answer does not say how long it is")
    return int(length)


def _more(connection: socket.socket) -> bytes:
    some = connection.recv(CHUNK)
    if not some:
        raise ConnectionResetError("the engine hung up before its answer was complete")
    return some
