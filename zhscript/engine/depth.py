"""Room on the stack for programs."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import Iterator

from .errors import ScriptError


@contextmanager
def deep_calls() -> Iterator[None]:
    """Room for functions that call themselves; deeper ones end with a sentence."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, 6000))
    try:
        yield
    except RecursionError as error:
        raise ScriptError("式子或函数套得太深") from error
    finally:
        sys.setrecursionlimit(before)
