"""Reads the layers that a program declares."""

from __future__ import annotations

from typing import Callable

from ..program import LayerDeclaration, Program
from .reference import check_reference
from .table import Layer, Table, read_layer

OpenLayer = Callable[[LayerDeclaration], Table]
Progress = Callable[[float, str], None]


def open_layers(
    program: Program, open_layer: OpenLayer, progress: Progress | None, check: Callable[[], None]
) -> tuple[dict[str, Layer], str, list[str]]:
    """Read all declared layers: (layers by key, common reference system, warnings)."""
    layers, warnings = {}, []
    for number, declaration in enumerate(program.layers):
        check()
        if progress:
            progress(0.2 * number / len(program.layers), f"读取图层 {declaration.name}")
        layer = read_layer(declaration, open_layer(declaration))
        layers[declaration.key] = layer
        if layer.missing and layer.missing < len(layer):
            warnings.append(f"图层“{layer.name}”有 {layer.missing} 个要素没有图形；作为参照图层时不计入")
        if len(layer.invalid):
            warnings.append(f"图层“{layer.name}”有 {len(layer.invalid)} 个要素图形无效，涉及它们的结论为“无法判断”")
        if not len(layer):
            warnings.append(f"图层“{layer.name}”没有要素")
    return layers, check_reference(program, list(layers.values())), warnings
