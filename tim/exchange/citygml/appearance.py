"""Materials and textures of CityGML, found by the identities of polygons and rings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tim.exchange.city.objects import Appearance, Json, TexturePart
from tim.exchange.citygml.geometry import Face, Made
from tim.exchange.citygml.xml import gml_id, local, text

_COLOURS = ("diffuseColor", "emissiveColor", "specularColor")
_FACTORS = ("ambientIntensity", "shininess", "transparency")


@dataclass
class Appearances:
    """What surfaces look like. `materials`: (theme, id of a polygon or surface) → number; `textures`: with rings."""

    appearance: Appearance = field(default_factory=Appearance)
    materials: dict[tuple[str, str], int] = field(default_factory=dict)
    textures: dict[tuple[str, str], tuple[int, dict[str, np.ndarray]]] = field(default_factory=dict)
    themes: list[str] = field(default_factory=list)
    skipped: int = 0

    def read(self, element: Any) -> None:
        """Add an app:Appearance."""
        theme = next((text(child) for child in element if local(child) == "theme"), "")
        if theme not in self.themes:
            self.themes.append(theme)
        for data in element.iter("{*}X3DMaterial", "{*}ParameterizedTexture", "{*}GeoreferencedTexture"):
            name = local(data)
            if name == "X3DMaterial":
                self._material(data, theme)
            elif name == "ParameterizedTexture":
                self._texture(data, theme)
            else:
                self.skipped += 1

    def apply(self, made: Made, owners: list[tuple[str, ...]]) -> None:
        """Give a geometry its materials and textures; `owners`: other ids of each face (its semantic surface)."""
        for theme in self.themes:
            materials = [self._material_of(theme, face, owner) for face, owner in zip(made.faces, owners)]
            if any(number is not None for number in materials):
                made.geometry.materials[theme] = materials
            textures = [self._texture_of(theme, face) for face in made.faces]
            if any(part is not None for part in textures):
                made.geometry.textures[theme] = textures

    def _material_of(self, theme: str, face: Face, owners: tuple[str, ...]) -> int | None:
        for identity in (face.id, *owners):
            if identity is not None and (theme, identity) in self.materials:
                return self.materials[theme, identity]
        return None

    def _texture_of(self, theme: str, face: Face) -> TexturePart | None:
        found = self.textures.get((theme, face.id or ""))
        if found is None:
            return None
        number, places = found
        rings = []
        for ring, identity in zip(face.rings, face.ring_ids):
            own = places.get(identity or "")
            if own is None or len(own) != len(ring):
                return None
            rings.append(own)
        return TexturePart(number, tuple(rings))

    def _material(self, data: Any, theme: str) -> None:
        material: Json = {"name": gml_id(data) or f"material{len(self.appearance.materials) + 1}"}
        for child in data:
            name, value = local(child), text(child)
            if name in _COLOURS:
                material[name] = [float(word) for word in value.split()]
            elif name in _FACTORS:
                material[name] = float(value)
            elif name == "isSmooth":
                material[name] = value in ("true", "1")
            elif name == "target":
                self.materials[theme, value.rpartition("#")[2]] = len(self.appearance.materials)
        self.appearance.materials.append(material)

    def _texture(self, data: Any, theme: str) -> None:
        image = next((text(child) for child in data if local(child) == "imageURI"), "")
        kind = {"jpeg": "JPG", "jpg": "JPG", "png": "PNG"}.get(image.rpartition(".")[2].lower(), "JPG")
        texture: Json = {"type": kind, "image": image}
        for child in data:
            if local(child) in ("wrapMode", "textureType"):
                texture[local(child)] = text(child)
        number = len(self.appearance.textures)
        self.appearance.textures.append(texture)
        for target in data.iter("{*}target"):
            identity = (target.get("uri") or "").rpartition("#")[2]
            rings = {}
            for places in target.iter("{*}textureCoordinates"):
                numbers = np.array(text(places).split(), dtype=float).reshape(-1, 2)
                rings[(places.get("ring") or "").rpartition("#")[2]] = numbers[:-1]
            if rings:
                self.textures[theme, identity] = (number, rings)
