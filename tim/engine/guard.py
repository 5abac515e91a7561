"""A small companion process that ends a worker's whole group when the parent of the worker is gone.

The worker itself cannot do this reliably: native code may hold the interpreter's lock, or the worker may have been
killed together with its parent while processes of its own go on.
"""

from __future__ import annotations

import os
import signal
import time
from typing import BinaryIO

GRACE = 1.5  # seconds that the worker has for tidying up after its parent is gone


def start_guard(requests: BinaryIO, events: BinaryIO) -> int | None:
    """Fork the companion and return its process id. Call it while the process has one thread.

    Without process groups, or in a group of others, there is nothing to guard: returns None.
    """
    if not hasattr(os, "fork") or os.getpgrp() != os.getpid():
        return None
    worker = os.getpid()
    guard = os.fork()
    if guard:
        return guard
    try:
        events.close()
        for descriptor in (1, 2):
            os.dup2(0, descriptor)
        _wait_for_end(requests.fileno(), worker)
    finally:
        os.killpg(worker, signal.SIGKILL)
    return None


def dismiss_guard(guard: int | None) -> None:
    """End the companion when the work has ended in order."""
    if guard is not None:
        os.kill(guard, signal.SIGKILL)
        os.waitpid(guard, 0)


def _wait_for_end(requests: int, worker: int) -> None:
    """Return when the worker is gone, or some time after nobody holds the other end of its requests any more."""
    import select

    poller = select.poll()
    poller.register(requests, 0)  # no events wanted: only the hang-up is told
    while os.getppid() == worker:
        if poller.poll(1000):
            break
    deadline = time.monotonic() + GRACE
    while os.getppid() == worker and time.monotonic() < deadline:
        time.sleep(0.05)
