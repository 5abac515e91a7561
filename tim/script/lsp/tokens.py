"""Semantic colours: words, names, fields, numbers, texts, comments."""

from __future__ import annotations

from tim.script.lsp.documents import OpenDocument
from tim.script.lsp.positions import utf16_length
from zhscript.editing.colours import KINDS, colours

LEGEND = {
    "tokenTypes": list(KINDS),
    "tokenModifiers": ["declaration"],
}


def semantic_tokens(document: OpenDocument) -> dict[str, list[int]]:
    """The colours of a text as the protocol packs them: five numbers a token, each relative to the one before."""
    data: list[int] = []
    line = column = 0
    if document.model is None:
        return {"data": data}
    for colour in colours(document.model):
        place = document.positions.position(colour.start)
        content = document.text[colour.start : colour.end]
        if "\n" in content or not content:
            continue
        delta = place["line"] - line
        data += [
            delta,
            place["character"] - (0 if delta else column),
            utf16_length(content),
            KINDS.index(colour.kind),
            int(colour.declares),
        ]
        line, column = place["line"], place["character"]
    return {"data": data}
