"""Runs that a page asked for are built beside the requests: one at a time in each process, whoever closes the tab."""

import logging
from concurrent.futures import Future, ThreadPoolExecutor, wait

from cloudbank import jobs, trace
from reporting.services.runs import KNOWN, Cancelled, performing

log = logging.getLogger(__name__)
_pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="report")
_open: set[Future[None]] = set()
SETTLE_SECONDS = 60


def start(run_id: str) -> None:
    """Have the run built. A process that ends first leaves it to its lease: the page then offers a retry."""
    future = _pool.submit(trace.carried(_build), run_id)
    _open.add(future)
    future.add_done_callback(_open.discard)


def _build(run_id: str) -> None:
    try:
        with performing(run_id=run_id) as work:
            work.build()
    except (Cancelled, jobs.Held) as stopped:
        log.info("report run %s: %s", run_id, stopped)
    except KNOWN as error:
        log.warning("report run %s failed: %s", run_id, error)
    except Exception:  # the last frame of this thread: nobody above could log it
        log.exception("report run %s failed", run_id)


def settle() -> None:
    """Wait until everything asked for so far has ended."""
    wait(set(_open), timeout=SETTLE_SECONDS)
