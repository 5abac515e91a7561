"""Declarations: one description of a capability, from which every door is derived.

The doors are the command, the Processing algorithm, the dialog and the script word.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from typing import Any, Callable

from tim.result_titles import RESULT_TITLES


@dataclass(frozen=True)
class Text:
    """A text in both languages of the interface."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.en if os.environ.get("TIM_LANG", "zh").startswith("en") else self.zh


class Kind(str, Enum):
    """What a parameter takes. The value is the name that crosses process boundaries."""

    POINTS = "points"  # LAS/LAZ/COPC files, EPT folders or ept.json, folders of them
    VECTOR = "vector"  # any OGR source, `file` or `file|layername=x`
    RASTER = "raster"
    MODEL = "model"  # a territory information model (GeoPackage)
    FILE = "file"
    SCRIPT = "script"  # a .zh file
    LAYERS = "layers"  # mapping from layer name to source: repeated 名=源
    ARGUMENTS = "arguments"  # mapping from the names of a tool's parameters to texts, numbers, lists of texts
    OUTPUT_MODEL = "output_model"
    OUTPUT_FILE = "output_file"
    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    CHOICE = "choice"
    FLAG = "flag"
    CRS = "crs"


OUTPUT_KINDS = frozenset({Kind.OUTPUT_MODEL, Kind.OUTPUT_FILE})
SOURCE_KINDS = frozenset({Kind.POINTS, Kind.VECTOR, Kind.RASTER, Kind.MODEL, Kind.FILE, Kind.SCRIPT})


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation.

    Its name is the keyword of the function and, with dashes, the option of the command.

    `minimum`/`maximum` bound numbers; `unit` is shown beside them. `suffixes` are the file types that are offered
    (first one default). `geometry` limits vector sources to "point", "line" or "polygon". A result that `grows` is
    added to where it exists.
    """

    name: str
    kind: Kind
    title: Text
    help: Text
    required: bool = False
    default: Any = None
    many: bool = False
    positional: bool = False
    choices: tuple[tuple[str, Text], ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    suffixes: tuple[str, ...] = ()
    geometry: str = ""
    advanced: bool = False
    grows: bool = False

    @property
    def option(self) -> str:
        """The long option of the command line."""
        return "--" + self.name.replace("_", "-")

    def as_dict(self) -> dict[str, Any]:
        """The parameter as plain JSON, for other processes."""
        return {
            "name": self.name,
            "kind": self.kind.value,
            "title": _both(self.title),
            "help": _both(self.help),
            "required": self.required,
            "default": self.default,
            "many": self.many,
            "choices": [{"value": value, "title": _both(title)} for value, title in self.choices],
            "minimum": self.minimum,
            "maximum": self.maximum,
            "unit": self.unit,
            "suffixes": list(self.suffixes),
            "geometry": self.geometry,
            "advanced": self.advanced,
        }


@dataclass(frozen=True)
class Operation:
    """One capability.

    `name` holds the words of the command ("points ground"). `target` is "module:function"; the function takes the
    parameters as keywords and `job: tim.job.Job`, and returns `tim.result.Result`. It is imported only when called.
    `result_keys` documents the keys of the result beyond those of every command.
    """

    name: str
    title: Text
    summary: Text
    group: Text
    parameters: tuple[Parameter, ...]
    target: str
    result_keys: tuple[str, ...] = ()

    @property
    def identifier(self) -> str:
        """The name as one ASCII identifier: the id of the Processing algorithm and of the protocol."""
        return self.name.replace(" ", "_").replace("-", "_")

    def function(self) -> Callable[..., Any]:
        """Import and return the function that does the work."""
        module, _, name = self.target.partition(":")
        return getattr(import_module(module), name)

    def as_dict(self) -> dict[str, Any]:
        """The declaration as plain JSON, for other processes."""
        return {
            "name": self.identifier,
            "command": self.name,
            "title": _both(self.title),
            "summary": _both(self.summary),
            "group": _both(self.group),
            "parameters": [parameter.as_dict() for parameter in self.parameters],
            "result_keys": list(self.result_keys),
            "results": [{"name": key, "title": RESULT_TITLES.get(key, key)} for key in self.result_keys],
        }


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
