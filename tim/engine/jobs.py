"""The jobs of an engine: each has a supervisor and a thread."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

from tim.declare import Operation
from tim.engine.supervisor import CANCEL_GRACE, Outcome, Supervisor
from tim.errors import describe

Notify = Callable[[str, dict[str, Any]], None]
Answer = Callable[[dict[str, Any]], None]
Ask = Callable[[str, dict[str, Any], Answer], None]
_METHODS = {"progress": "job/progress", "log": "job/log", "warning": "job/warning", "output": "job/log"}


class Jobs:
    """Starts, cancels and follows jobs; their events go to `notify(method, params)` of the protocol."""

    def __init__(self, notify: Notify) -> None:
        self._notify = notify
        self.ask: Ask | None = None  # passes a request of a job on: job, {id, method, params}, where the answer goes
        self._numbers = itertools.count(1)
        self._running: dict[str, tuple[Supervisor, threading.Thread]] = {}
        self._added: list[threading.Thread] = []
        self._finished: set[str] = set()
        self._lock = threading.Lock()

    def add(self, operation: Operation, parameters: dict[str, Any]) -> str:
        """Add a job with checked parameters and return its name, which the client learns before `begin_added`."""
        job = str(next(self._numbers))

        def listen(event: str, data: dict[str, Any]) -> None:
            self._notify(_METHODS[event], {"job": job, **data})

        def request(data: dict[str, Any]) -> None:
            assert ask is not None
            ask(job, data, supervisor.answer)

        ask = self.ask
        supervisor = Supervisor(operation, parameters, listen, request if ask is not None else None)
        thread = threading.Thread(target=self._follow, args=(job, supervisor), daemon=True, name=f"job {job}")
        with self._lock:
            self._running[job] = (supervisor, thread)
        self._added.append(thread)
        return job

    def begin_added(self) -> None:
        """Begin the jobs that have been added."""
        while self._added:
            self._added.pop(0).start()

    def cancel(self, job: str) -> bool:
        """Cancel a job; one that has finished stays as it is. False when there was never such a job."""
        with self._lock:
            running = self._running.get(job)
            known = running is not None or job in self._finished
        if running is not None:
            running[0].cancel()
        return known

    def cancel_all(self) -> None:
        """Cancel every running job."""
        with self._lock:
            running = list(self._running.values())
        for supervisor, _ in running:
            supervisor.cancel()

    def stop(self) -> None:
        """Cancel every job and wait until their processes are gone."""
        self.cancel_all()
        with self._lock:
            threads = [thread for _, thread in self._running.values() if thread.is_alive()]
        deadline = time.monotonic() + CANCEL_GRACE + 2.0
        for thread in threads:
            thread.join(max(deadline - time.monotonic(), 0.0))

    def _follow(self, job: str, supervisor: Supervisor) -> None:
        try:
            outcome = supervisor.run()
        except Exception as error:  # the edge of a job: the engine goes on
            outcome = Outcome(failure=describe(error))
        with self._lock:
            del self._running[job]
            self._finished.add(job)
        if outcome.failure is not None:
            self._notify("job/finished", {"job": job, "failure": outcome.failure.as_dict()})
        else:
            self._notify("job/finished", {"job": job, "result": outcome.result})
