"""Reads the layers that a program declares."""

from __future__ import annotations

from typing import Callable, Union

from ..program import LayerDeclaration, Program
from .reference import check_reference
from .streams import Stream, StreamedLayer, streamable, whole
from .table import Layer, Table, read_layer

OpenLayer = Callable[[LayerDeclaration], Union[Table, Stream]]
Progress = Callable[[float, str], None]


def open_layers(
    program: Program,
    open_layer: OpenLayer,
    progress: Progress | None,
    check: Callable[[], None],
    streaming: bool = False,
) -> tuple[dict[str, Layer], str, list[str]]:
    """Read all declared layers: (layers by key, common reference system, warnings).

    With `streaming` those that a host gives in pieces stay so, where the rules only check them.
    """
    layers, warnings = {}, []
    for number, declaration in enumerate(program.layers):
        check()
        if progress:
            progress(0.2 * number / len(program.layers), f"读取图层 {declaration.name}")
        given = open_layer(declaration)
        if isinstance(given, Stream) and streaming and declaration.key in streamable(program):
            layer: Layer = StreamedLayer(declaration, given)
        else:
            layer = read_layer(declaration, whole(given) if isinstance(given, Stream) else given)
        layers[declaration.key] = layer
        warnings += doubts(layer, layer.missing, len(layer.invalid))
        if not len(layer):
            warnings.append(f"图层“{layer.name}”没有要素")
    return layers, check_reference(program, list(layers.values())), warnings


def doubts(layer: Layer, missing: int, invalid: int) -> list[str]:
    """Warnings of features without a geometry, and with an invalid one."""
    warnings = []
    if missing and missing < len(layer):
        warnings.append(f"图层“{layer.name}”有 {missing} 个要素没有图形；作为参照图层时不计入")
    if invalid:
        warnings.append(f"图层“{layer.name}”有 {invalid} 个要素图形无效，涉及它们的结论为“无法判断”")
    return warnings
