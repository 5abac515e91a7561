"""Requests of running jobs to the client: sent with numbers of their own, their answers given back to the jobs."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

_UNKNOWN_METHOD = -32601

Send = Callable[[dict[str, Any]], None]
Answer = Callable[[dict[str, Any]], None]


class HostRequests:
    """The open requests of all jobs. Nothing waits here: a job that is never answered goes on waiting by itself."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._numbers = itertools.count(1)
        self._open: dict[str, tuple[str, int, Answer]] = {}
        self._lock = threading.Lock()

    def ask(self, job: str, request: dict[str, Any], answer: Answer) -> None:
        """Send {id, method, params} of a job; `answer({id, result})` or `answer({id, error})` follows."""
        identity = f"host-{next(self._numbers)}"
        with self._lock:
            self._open[identity] = (job, request["id"], answer)
        params = {"job": job, "method": request["method"], "params": request["params"]}
        self._send({"jsonrpc": "2.0", "id": identity, "method": "host/request", "params": params})

    def answered(self, message: dict[str, Any]) -> None:
        """Take an answer of the client; one to nothing that is open is dropped."""
        with self._lock:
            found = self._open.pop(str(message.get("id")), None)
        if found is not None:
            _, number, answer = found
            content = {"error": _words(message["error"])} if "error" in message else {"result": message["result"]}
            answer({"id": number, **content})

    def forget(self, job: str) -> None:
        """Drop the requests of a job that has ended."""
        with self._lock:
            self._open = {key: entry for key, entry in self._open.items() if entry[0] != job}


def _words(error: Any) -> str:
    """The client's words, "" when it does not know the request."""
    if not isinstance(error, dict) or error.get("code") == _UNKNOWN_METHOD:
        return ""
    return str(error.get("message", ""))
