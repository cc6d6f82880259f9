"""Requests to an engine on this host by the standard library: half of what the SDK's HTTP stack takes for one.

botocore asks `before-send` handlers for an answer first; this one gives it, or fails with botocore's own errors, so
that all above it (retries, what became of a try, the clock) is the same as towards Amazon. No TLS, no proxies, no
redirects: none of them is on the way to an engine on this host.
"""

import os
import select
from collections import deque
from http.client import HTTPConnection, HTTPException, IncompleteRead
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


class Loopback:
    """Keeps connections that are free, like a pool; any thread may send. Seconds: until connected, until answered."""

    def __init__(self, endpoint: str, connect_seconds: float, read_seconds: float) -> None:
        parts = urlsplit(endpoint)
        self._address = (parts.hostname or "", parts.port or 80)
        self._connect_seconds, self._read_seconds = connect_seconds, read_seconds
        self._free: deque[HTTPConnection] = deque()
        self._process = os.getpid()

    def send(self, request: Any, **_: Any) -> AWSResponse:
        """The answer to a prepared request. Raises what botocore's own session would."""
        connection = self._connection(request.url)
        try:
            answer, stays = _asked(connection, request)
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

    def _next(self) -> HTTPConnection | None:
        try:
            return self._free.pop()
        except IndexError:
            return None

    def _connection(self, url: str) -> HTTPConnection:
        if self._process != os.getpid():  # they belong to the process that this one was forked from
            self.close()
            self._process = os.getpid()
        while (connection := self._next()) is not None:
            if _is_open(connection):
                return connection
            connection.close()
        made = HTTPConnection(*self._address, timeout=self._connect_seconds)
        try:
            made.connect()
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=url, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=url, error=error) from error
        made.sock.settimeout(self._read_seconds)
        return made


def _asked(connection: HTTPConnection, request: Any) -> tuple[AWSResponse, bool]:
    """The answer, and whether the connection stays."""
    connection.request(request.method, urlsplit(request.url).path or "/", request.body, dict(request.headers))
    told = connection.getresponse()
    if told.length is None:
        raise ConnectionResetError("the engine hung up before it said how long its answer is")
    answer = AWSResponse(request.url, told.status, dict(told.headers), None)
    answer._content = told.read()
    return answer, not told.will_close


def _is_open(connection: HTTPConnection) -> bool:
    """Whether the other side keeps it open and has said nothing that nobody asked for."""
    waiting = select.poll()
    waiting.register(connection.sock, select.POLLIN)
    return not waiting.poll(0)


def _as_botocore(error: BaseException, request: Any) -> BaseException:
    """The error by the name that botocore has for it."""
    if isinstance(error, TimeoutError):
        return ReadTimeoutError(endpoint_url=request.url, error=error)
    if isinstance(error, OSError | IncompleteRead):
        return ConnectionClosedError(endpoint_url=request.url, request=request, error=error)
    return HTTPClientError(error=error) if isinstance(error, HTTPException) else error
