"""Wrong bytes: what they lead to in code that takes them for right, and how long native code may look at them."""

from __future__ import annotations

import struct

OF_DAMAGE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)


def patience(size: int) -> float:
    """Seconds that reading a file of so many bytes may take before it counts as damaged."""
    return 12.0 + size / 10e6
