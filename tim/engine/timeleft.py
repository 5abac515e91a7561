"""How long work will still take."""

from __future__ import annotations

from collections import deque

_WINDOW = 20.0  # seconds of progress that count as the present pace
_FIRST = 1.0  # no estimate before that many seconds: the first steps say nothing


class TimeLeft:
    """Estimates the seconds left from the mean of the overall and the present pace of progress."""

    def __init__(self, start: float) -> None:
        self._start = start
        self._samples: deque[tuple[float, float]] = deque([(start, 0.0)])

    def update(self, fraction: float, now: float) -> float | None:
        """Seconds left when `fraction` (0..1) is done at the time `now`; None while there is no telling."""
        self._samples.append((now, fraction))
        while len(self._samples) > 2 and now - self._samples[0][0] > _WINDOW:
            self._samples.popleft()
        if now - self._start < _FIRST or fraction <= 0.0:
            return None
        then, earlier = self._samples[0]
        overall = fraction / (now - self._start)
        present = max(fraction - earlier, 0.0) / max(now - then, 1e-9)
        return max(1.0 - fraction, 0.0) / ((overall + present) / 2)
