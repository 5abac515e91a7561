"""Points to tables: PLY (binary) and plain text."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

_COLOURS = ("red", "green", "blue")


def write_ply(path: Path, records: Iterable[Any], coloured: bool) -> int:
    """Write a binary PLY: x, y, z as double, intensity, classification and 8-bit colours. Returns the points."""
    fields = [("x", "<f8"), ("y", "<f8"), ("z", "<f8"), ("intensity", "<u2"), ("classification", "u1")]
    fields += [(name, "u1") for name in _COLOURS] if coloured else []
    words = {"<f8": "double", "<u2": "ushort", "u1": "uchar"}
    lines = "".join(f"property {words[kind]} {name}\n" for name, kind in fields)
    head = "ply\nformat binary_little_endian 1.0\nelement vertex {count:012d}\n" + lines + "end_header\n"
    count = 0
    with path.open("wb") as stream:
        stream.write(head.format(count=0).encode())
        for record in records:
            table = np.empty(len(record), dtype=fields)
            for name, _ in fields:
                values = np.asarray(record[name])
                table[name] = values >> 8 if name in _COLOURS else values
            stream.write(table.tobytes())
            count += len(record)
        stream.seek(0)
        stream.write(head.format(count=count).encode())
    return count


def write_text(path: Path, records: Iterable[Any], coloured: bool, separator: str) -> int:
    """Write one line a point: x y z intensity classification [red green blue], with a line of names. Returns them."""
    names = ["x", "y", "z", "intensity", "classification", *(_COLOURS if coloured else ())]
    count = 0
    with path.open("w", encoding="utf-8") as stream:
        stream.write(separator.join(names) + "\n")
        for record in records:
            table = np.stack([np.asarray(record[name], dtype=np.float64) for name in names], axis=1)
            if coloured:
                table[:, 5:] = np.floor(table[:, 5:] / 256)
            digits = [max(0, round(-np.log10(scale))) for scale in record.scales]
            formats = [f"%.{places}f" for places in digits] + ["%d"] * (len(names) - 3)
            np.savetxt(stream, table, fmt=formats, delimiter=separator)
            count += len(record)
    return count
