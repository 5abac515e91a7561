"""OSGB files written by hand."""

from __future__ import annotations

import struct


def small_file(order: str = "<", children: tuple[str, ...] = (), shift: float = 0.0) -> bytes:
    """One triangle in version 91; with `children` under a node that names these finer files."""

    def text(value: str) -> bytes:
        return struct.pack(order + "i", len(value.encode())) + value.encode()

    def i(*values: int) -> bytes:
        return struct.pack(f"{order}{len(values)}i", *values)

    node = text("") + i(0) + b"\0"  # name, variance, no user data
    node += b"\0" * 5 + b"\1" + i(-1) + b"\0"  # no bound, no callbacks, culling, mask, no state
    corners = struct.pack(order + "9f", shift, 0, 0, shift + 1.5, 0, 0, shift, 2.5, 0)
    array = b"\1" + i(1, 16, 3) + corners + b"\0" + i(4, 0)
    geometry = text("") + i(0) + b"\0" + b"\0" * 4 + b"\1\1\0" + b"\0" * 4
    geometry += i(1) + i(50, 4, 0, 3) + b"\1" + array + b"\0" * 7
    geode = text("osg::Geode") + i(1) + node + b"\1" + i(1) + text("osg::Geometry") + i(2) + geometry
    head = struct.pack(order + "II", 0x6C910EA1, 0x1AFB4545) + i(1, 91, 0) + text("0")
    if not children:
        return head + geode
    names = ("", *children)
    centre = struct.pack(order + "4d", 0, 0, 0, 10.0)
    lod = i(1) + b"\1" + centre + i(1) + b"\1" + i(2) + struct.pack(order + "4f", 0, 200, 200, 1e30)
    paged = b"\1\0" + i(0) + b"\0" + b"\1" + i(len(names)) + b"".join(map(text, names))
    paged += i(len(names)) + struct.pack(f"{order}{2 * len(names)}f", *[0.0, 1.0] * len(names))
    return head + text("osg::PagedLOD") + i(9) + node + lod + paged + b"\1" + i(1) + geode
