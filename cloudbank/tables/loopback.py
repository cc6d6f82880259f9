"""Requests to an engine on this host by plain sockets: a third of what the SDK's HTTP stack takes for one.

botocore asks `before-send` handlers for an answer first; this one gives it, or fails with botocore's own errors, so
that all above it (retries, what became of a try, the clock) is the same as towards Amazon. No TLS, no proxies, no
redirects, no chunks: none of them is on the way to an engine on this host. Head and body go in one write, so that the
engine wakes up once.
"""

import os
import re
import select
import socket
from collections import deque
from http.client import HTTPException
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

_STATUS = re.compile(r"HTTP/1\.[01] (\d{3})(?: |$)")
_LONGEST_HEAD = 65_536
_PIECE = 1 << 18


class Loopback:
    """Keeps connections that are free, like a pool; any thread may send. Seconds: until connected, until answered."""

    def __init__(self, endpoint: str, connect_seconds: float, read_seconds: float) -> None:
        parts = urlsplit(endpoint)
        self._address = (parts.hostname or "", parts.port or 80)
        self._host = parts.netloc
        self._connect_seconds, self._read_seconds = connect_seconds, read_seconds
        self._free: deque[socket.socket] = deque()
        self._process = os.getpid()

    def send(self, request: Any, **_: Any) -> AWSResponse:
        """The answer to a prepared request. Raises what botocore's own session would."""
        connection = self._connection(request.url)
        try:
            connection.sendall(_written(request, self._host))
            answer, stays = _answer(connection, request.url)
        except BaseException as error:
            connection.close()
            raise _as_botocore(error, request) from error
        if stays:
            self._free.append(connection)
        else:
            connection.close()
        return answer

    def close(self) -> None:
        """Give up the connections that are free."""
        while (connection := self._next()) is not None:
            connection.close()

    __del__ = close

    def _next(self) -> socket.socket | None:
        try:
            return self._free.pop()
        except IndexError:
            return None

    def _connection(self, url: str) -> socket.socket:
        if self._process != os.getpid():  # they belong to the process that this one was forked from
            self.close()
            self._process = os.getpid()
        while (connection := self._next()) is not None:
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


def _written(request: Any, host: str) -> bytes:
    lines = [f"{request.method} {urlsplit(request.url).path or '/'} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {_text(value)}" for name, value in request.headers.items()]
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1") + (request.body or b"")


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _answer(connection: socket.socket, url: str) -> tuple[AWSResponse, bool]:
    """The answer, and whether the connection stays."""
    read, end = _more(connection), -1
    while (end := read.find(b"\r\n\r\n")) < 0:
        if len(read) > _LONGEST_HEAD:
            raise HTTPException("the answer's head does not end")
        read += _more(connection)
    first, *lines = read[:end].decode("latin-1").split("\r\n")
    status = _STATUS.match(first)
    if status is None:
        raise HTTPException(f"no answer begins with {first[:80]!r}")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    answer = AWSResponse(url, int(status[1]), headers, None)
    answer._content = _body(connection, read[end + 4 :], headers)
    return answer, first.startswith("HTTP/1.1") and headers.get("connection", "").lower() != "close"


def _body(connection: socket.socket, begun: bytes, headers: dict[str, str]) -> bytes:
    length = headers.get("content-length", "")
    if not length.isdecimal():
        raise ConnectionResetError("the engine hung up before it said how long its answer is")
    pieces, left = [begun], int(length) - len(begun)
    while left > 0:
        pieces.append(_more(connection))
        left -= len(pieces[-1])
    return b"".join(pieces)


def _more(connection: socket.socket) -> bytes:
    piece = connection.recv(_PIECE)
    if not piece:
        raise ConnectionResetError("the engine hung up before its answer was complete")
    return piece


def _is_open(connection: socket.socket) -> bool:
    """Whether the other side keeps it open and has said nothing that nobody asked for."""
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return not waiting.poll(0)


def _as_botocore(error: BaseException, request: Any) -> BaseException:
    """The error by the name that botocore has for it."""
    if isinstance(error, TimeoutError):
        return ReadTimeoutError(endpoint_url=request.url, error=error)
    if isinstance(error, OSError):
        return ConnectionClosedError(endpoint_url=request.url, request=request, error=error)
    return HTTPClientError(error=error) if isinstance(error, HTTPException) else error
