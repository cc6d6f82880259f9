"""A proxy between the bank and its engine that does what networks and overloaded engines do, from a seed.

calm      forwards everything
throttle  answers "slow down"; nothing was forwarded
error     answers 500; nothing was forwarded
drop      hangs up; nothing was forwarded
delay     forwards after a while
lose      forwards, then hangs up without the answer
garble    forwards, then answers 500
ghost     hangs up at once and forwards later, when the bank has long tried again
"""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

CALM = "calm"
FAULTS: tuple[str, ...] = ("throttle", "error", "drop", "delay", "lose", "garble", "ghost")
THROTTLED = {"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException", "message": "slow"}
BROKEN = {"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError", "message": "broken"}
PASSED_ON = ("Content-Type", "X-Amz-Target", "Authorization", "X-Amz-Date")
LATER_SECONDS = 0.06


class FaultProxy(ThreadingHTTPServer):
    """Serves on a free port of the loopback address; calm until told a seed."""

    daemon_threads = True

    def __init__(self, engine: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.engine = urlsplit(engine).netloc
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.done: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._chance, self._share, self._faults = random.Random(0), 0.0, FAULTS
        self._ghosts: list[threading.Thread] = []

    @contextmanager
    def faulty(self, seed: int, share: float, faults: tuple[str, ...] = FAULTS) -> Iterator[None]:
        """While the body runs, this share of the requests meets one of the faults; afterwards no ghost is left."""
        with self._lock:
            self._chance, self._share, self._faults = random.Random(seed), share, faults
        try:
            yield
        finally:
            with self._lock:
                self._share, ghosts, self._ghosts = 0.0, self._ghosts, []
            for ghost in ghosts:
                ghost.join()

    def next_fault(self) -> str:
        """What happens to the next request."""
        with self._lock:
            fault = self._chance.choice(self._faults) if self._chance.random() < self._share else CALM
            self.done[fault] += 1
            return fault

    def haunt(self, body: bytes, headers: dict[str, str]) -> None:
        """Forward it later, when nobody waits for the answer."""

        def later() -> None:
            time.sleep(LATER_SECONDS)
            connection = HTTPConnection(self.engine, timeout=10)
            connection.request("POST", "/", body, headers)
            connection.getresponse().read()
            connection.close()

        ghost = threading.Thread(target=later, daemon=True)
        with self._lock:
            self._ghosts.append(ghost)
            ghost.start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: FaultProxy

    def setup(self) -> None:
        super().setup()
        self._upstream = HTTPConnection(self.server.engine, timeout=10)

    def finish(self) -> None:
        self._upstream.close()
        super().finish()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name: self.headers[name] for name in PASSED_ON if self.headers[name]}
        fault = self.server.next_fault()
        if fault in ("throttle", "error"):
            return self._answer(400 if fault == "throttle" else 500, THROTTLED if fault == "throttle" else BROKEN)
        if fault in ("drop", "ghost"):
            if fault == "ghost":
                self.server.haunt(body, headers)
            return self._hang_up()
        if fault == "delay":
            time.sleep(LATER_SECONDS)
        self._upstream.request("POST", "/", body, headers)
        answer = self._upstream.getresponse()
        status, content = answer.status, answer.read()
        if fault == "lose":
            return self._hang_up()
        if fault == "garble":
            return self._answer(500, BROKEN)
        return self._send(status, content)

    def _answer(self, status: int, said: dict[str, str]) -> None:
        self._send(status, json.dumps(said).encode())

    def _send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _hang_up(self) -> None:
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def proxied(engine: str) -> Iterator[FaultProxy]:
    """A running proxy in front of this engine."""
    proxy = FaultProxy(engine)
    threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
