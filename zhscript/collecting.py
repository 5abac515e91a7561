"""The collector of cycles rests while a text is read: it would walk the growing tree again and again, for nothing."""

from __future__ import annotations

import gc
from typing import Any


class Uncollected:
    """Within this block no cycles are collected."""

    def __enter__(self) -> None:
        self._enabled = gc.isenabled()
        gc.disable()

    def __exit__(self, *_error: Any) -> None:
        if self._enabled:
            gc.enable()
