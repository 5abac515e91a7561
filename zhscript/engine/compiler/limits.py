"""Time, memory and cancellation of a run.

Generated code tests one flag per loop turn and per call. A thread raises the flag some times a second; the run itself
then asks whether it was cancelled or has used up what it may use: callers' functions are never called by the thread.
"""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

from ..errors import OverLimit
from .operations import TooDeep

INTERVAL = 0.05  # s between looks; a cancel counts within 0.2 s
DEEPEST = 200  # calls inside calls of functions that come back to themselves


@dataclass(frozen=True)
class Limits:
    """What a run may use: seconds of wall time, bytes of memory beyond what the process had (None: no limit)."""

    seconds: float | None = None
    memory: int | None = 4 * 1024**3


def guarded(cancelled: Callable[[], bool] | None, limits: Limits) -> Callable[[], bool]:
    """`cancelled` for a run that also ends when it is over a limit, with `OverLimit`. Time counts from now."""
    ends = time.monotonic() + limits.seconds if limits.seconds else 0.0
    memory = used_memory() + limits.memory if limits.memory else 0
    looked = time.monotonic()

    def stopped() -> bool:
        nonlocal looked
        now = time.monotonic()
        if ends and now > ends:
            raise OverLimit(f"运行超过了 {limits.seconds:g} 秒，已停止；可以分批运行")
        if memory and now - looked > INTERVAL:
            looked = now
            if used_memory() > memory:
                raise OverLimit("用的内存太多，已停止；请减少数据或分批运行")
        return cancelled is not None and cancelled()

    return stopped


class Clock:
    """Makes generated code look now and then whether it is to stop."""

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check
        self._names: dict[str, Any] = {}
        self._done = threading.Event()

    def names(self) -> dict[str, Any]:
        """What generated code sees of it."""
        return {"k_stop": False, "k_deepest": DEEPEST, "k_look": self.look, "k_deeper": self._deeper}

    def start(self, names: dict[str, Any]) -> None:
        """Begin to raise the flag in these globals."""
        self._names = names
        threading.Thread(target=self._tick, daemon=True).start()

    def stop(self) -> None:
        """End the thread."""
        self._done.set()

    def _tick(self) -> None:
        while not self._done.wait(INTERVAL):
            self._names["k_stop"] = True
            self._names["k_deepest"] = -1

    def look(self) -> None:
        """Look at the run: the check raises what ends it."""
        self._names["k_stop"] = False
        self._names["k_deepest"] = DEEPEST
        self._check()

    def _deeper(self, depth: int, function: str) -> None:
        if depth > DEEPEST:
            raise TooDeep(f"函数“{function}”一层层调用自己超过 {DEEPEST} 次")
        self.look()


def used_memory() -> int:
    """Bytes of memory that the process holds; 0 where that cannot be told."""
    if sys.platform == "win32":
        return _windows_memory()
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096
    except (OSError, ValueError, IndexError):
        return 0


def _windows_memory() -> int:
    import ctypes
    from ctypes import wintypes

    class Counters(ctypes.Structure):
        _fields_ = (
            ("cb", wintypes.DWORD),
            ("PageFaultCount", wintypes.DWORD),
            ("PeakWorkingSetSize", ctypes.c_size_t),
            ("WorkingSetSize", ctypes.c_size_t),
            ("QuotaPeakPagedPoolUsage", ctypes.c_size_t),
            ("QuotaPagedPoolUsage", ctypes.c_size_t),
            ("QuotaPeakNonPagedPoolUsage", ctypes.c_size_t),
            ("QuotaNonPagedPoolUsage", ctypes.c_size_t),
            ("PagefileUsage", ctypes.c_size_t),
            ("PeakPagefileUsage", ctypes.c_size_t),
        )

    counters = Counters()
    counters.cb = ctypes.sizeof(Counters)
    library: Any = ctypes
    process = library.windll.kernel32.GetCurrentProcess()
    found = library.windll.psapi.GetProcessMemoryInfo(process, ctypes.byref(counters), counters.cb)
    return counters.WorkingSetSize if found else 0
