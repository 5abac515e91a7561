"""A worker process with its pipes: lines go into a queue, the whole process group can be killed."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
from contextlib import suppress
from typing import IO, Any

from tim.engine.environment import worker_command, worker_environment

_WINDOWS = os.name == "nt"
_READERS_GRACE = 2.0  # seconds for the readers to finish after the process group is dead
_MAX_ERROR_LINE = 4096


class WorkerProcess:
    """Starts a worker and puts into `inbox`: ("line", bytes) from standard output, ("error", bytes) from standard
    error, and at last ("end", exit status), when nothing of its process group is left.

    Raises `OSError` when it cannot be started.
    """

    def __init__(self, request: dict[str, Any], inbox: queue.SimpleQueue[tuple[str, Any]]) -> None:
        self._inbox = inbox
        self._lock = threading.Lock()
        self._reaped = False
        self._process = subprocess.Popen(
            worker_command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=worker_environment(),
            start_new_session=not _WINDOWS,
            creationflags=_creation_flags(),
        )
        self._readers = [
            _start(self._read, "line", self._process.stdout, -1),
            _start(self._read, "error", self._process.stderr, _MAX_ERROR_LINE),
        ]
        _start(self._wait)
        self.send(request)

    @property
    def pid(self) -> int:
        """The process's id, which is also its group's."""
        return self._process.pid

    def send(self, message: dict[str, Any]) -> None:
        """Send one line; one that is no longer read is dropped."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode("ascii") + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            return  # it has ended; the exit status tells how

    def kill(self) -> None:
        """Kill the process and everything it has started."""
        with self._lock:
            if not self._reaped:
                _kill_group(self._process.pid)

    def _read(self, kind: str, stream: IO[bytes], limit: int) -> None:
        while line := stream.readline(limit):
            self._inbox.put((kind, line))

    def _wait(self) -> None:
        """Wait for the end. The group is killed before the process is reaped: until then its number is not reused."""
        if not _WINDOWS:
            os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        with self._lock:
            if not _WINDOWS:
                _kill_group(self._process.pid)
            status = self._process.wait()
            self._reaped = True
        _close(self._process.stdin)
        for reader, stream in zip(self._readers, (self._process.stdout, self._process.stderr)):
            reader.join(_READERS_GRACE)
            if not reader.is_alive():
                _close(stream)
        self._inbox.put(("end", status))


def _start(target: Any, *arguments: Any) -> threading.Thread:
    thread = threading.Thread(target=target, args=arguments, daemon=True)
    thread.start()
    return thread


def _close(stream: IO[bytes] | None) -> None:
    with suppress(OSError):  # unsent bytes of a closed pipe
        if stream is not None:
            stream.close()


def _creation_flags() -> int:
    if not _WINDOWS:
        return 0
    return subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW  # type: ignore[attr-defined,unused-ignore]


def _kill_group(pid: int) -> None:
    if _WINDOWS:
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(pid)], capture_output=True, check=False)
        return
    with suppress(ProcessLookupError, PermissionError):  # already gone
        os.killpg(pid, signal.SIGKILL)
