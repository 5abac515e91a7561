"""A client of the engine for tests: plain requests, answers and notifications with time limits."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil

OPERATIONS = Path(__file__).with_name("operations_for_tests.py")


class Client:
    """Starts `tim serve` and talks to it."""

    def __init__(self, environment: dict[str, str], *, initialize: bool = True) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tim", "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        self.notes: list[dict[str, Any]] = []
        self._inbox: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._number = 0
        threading.Thread(target=self._read, daemon=True).start()
        self._errors: list[bytes] = []
        threading.Thread(target=lambda: self._errors.extend(self.process.stderr), daemon=True).start()
        if initialize:
            self.result("initialize", client="test", protocol=1, locale="zh")

    def _read(self) -> None:
        stream = self.process.stdout
        while header := stream.readline():
            assert header.startswith(b"Content-Length: "), header
            assert stream.readline() == b"\r\n"
            self._inbox.put(json.loads(stream.read(int(header.split(b":")[1]))))
        self._inbox.put(None)

    def send_bytes(self, data: bytes) -> None:
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message: Any) -> None:
        body = json.dumps(message, ensure_ascii=False).encode()
        self.send_bytes(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def receive(self, seconds: float = 20.0) -> dict[str, Any] | None:
        return self._inbox.get(timeout=seconds)

    def request(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole answer; what is told meanwhile goes to `notes`."""
        self._number += 1
        self.send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        while True:
            message = self.receive()
            assert message is not None, f"the engine has ended: {self._errors}"
            if message.get("id") == self._number:
                return message
            self.notes.append(message)

    def result(self, method: str, **params: Any) -> Any:
        answer = self.request(method, **params)
        assert "error" not in answer, answer
        return answer["result"]

    def error(self, method: str, **params: Any) -> dict[str, Any]:
        answer = self.request(method, **params)
        assert "result" not in answer, answer
        return answer["error"]

    def start(self, operation: str, **parameters: Any) -> str:
        return self.result("job/start", operation=operation, parameters=parameters)["job"]

    def wait_note(self, method: str, job: str, seconds: float = 20.0) -> dict[str, Any]:
        """The parameters of the next such notification of a job."""
        deadline = time.monotonic() + seconds
        while True:
            for note in self.notes:
                if note.get("method") == method and note["params"]["job"] == job:
                    self.notes.remove(note)
                    return note["params"]
            message = self.receive(max(deadline - time.monotonic(), 0.01))
            assert message is not None, f"the engine has ended: {self._errors}"
            self.notes.append(message)

    def finished(self, job: str, seconds: float = 20.0) -> dict[str, Any]:
        return self.wait_note("job/finished", job, seconds)

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def close(self) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


HEAVY = {
    "numpy",
    "scipy",
    "shapely",
    "pyproj",
    "pyogrio",
    "rasterio",
    "matplotlib",
    "openpyxl",
    "docx",
    "laspy",
    "lark",
}
HEAVY |= {"pandas", "geopandas", "dask", "open3d", "cv2", "lxml", "ezdxf", "reportlab", "pyoxigraph"}
_LIST = """
import sys
from tim.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(*sys.modules, file=sys.stderr)
"""


def heavy_modules(folder: Path, *arguments: str) -> set[str]:
    """The libraries that take long to load among those that a command loads in its own process."""
    command = [sys.executable, "-P", "-c", _LIST, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=60, check=True)
    loaded = done.stderr.splitlines()[-1].split()
    assert "tim.cli.main" in loaded
    return HEAVY & set(loaded)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run; a process that only waits to be reaped does not."""
    return [process for process in processes if _runs(process)]


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_gone(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait for the end of processes; returns those that are left after that time."""
    deadline = time.monotonic() + seconds
    while alive(processes) and time.monotonic() < deadline:
        time.sleep(0.05)
    return alive(processes)
