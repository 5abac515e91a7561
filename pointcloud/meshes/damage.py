"""What wrong bytes lead to in code that takes them for right: each reader turns these into one line for people."""

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
