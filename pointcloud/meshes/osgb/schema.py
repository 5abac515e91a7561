"""Which fields the classes of OpenSceneGraph have in a binary file, in which order and since which version.

A field is (name, form, first version, version that dropped it). Facts from the serializers of OpenSceneGraph 3.6.5
(`src/osgWrappers/serializers/osg`). Forms: see `forms.FORMS`.
"""

from __future__ import annotations

from dataclasses import dataclass

_EVER = 10**6


@dataclass(frozen=True)
class Field:
    """One serialized property. A form "?x" is a flag and then, where it is set, x."""

    name: str
    form: str
    since: int = 0
    until: int = _EVER


def _fields(*rows: tuple) -> tuple[Field, ...]:
    return tuple(Field(*row) for row in rows)


FIELDS: dict[str, tuple[Field, ...]] = {
    "Object": _fields(
        ("name", "text"),
        ("variance", "i32"),
        ("user_data", "?boxed_object", 0, 77),
        ("user_container", "?object", 77),
    ),
    "Node": _fields(
        ("bound", "?sphere"),
        ("bound_callback", "?object"),
        ("update_callback", "?object"),
        ("event_callback", "?object"),
        ("cull_callback", "?object"),
        ("culling", "bool"),
        ("mask", "u32"),
        ("descriptions", "?texts", 0, 77),
        ("state", "?object"),
    ),
    "Group": _fields(("children", "?objects")),
    "Geode": _fields(("children", "?objects")),
    "LOD": _fields(
        ("centre_mode", "i32"),
        ("centre", "?doubles4"),
        ("range_mode", "i32"),
        ("ranges", "?ranges"),
    ),
    "PagedLOD": _fields(
        ("folder", "?optional_text"),
        ("frame", "u32", 0, 70),
        ("kept", "u32"),
        ("no_paging", "bool"),
        ("files", "?paged_files"),
        ("children", "?objects"),
    ),
    "ProxyNode": _fields(
        ("files", "?texts"),
        ("children", "?objects"),
        ("folder", "text"),
        ("loading", "i32"),
        ("centre_mode", "i32"),
        ("centre", "?doubles4"),
    ),
    "Transform": _fields(("reference_frame", "i32")),
    "MatrixTransform": _fields(("matrix", "matrix")),
    "PositionAttitudeTransform": _fields(
        ("position", "doubles3"), ("attitude", "doubles4"), ("scale", "doubles3"), ("pivot", "doubles3")
    ),
    "Switch": _fields(("new_children", "bool"), ("values", "bools")),
    "CoordinateSystemNode": _fields(("format", "text"), ("system", "text"), ("ellipsoid", "?object")),
    "EllipsoidModel": _fields(("equator", "f64"), ("polar", "f64")),
    "Drawable": _fields(
        ("state", "?object", 0, 156),
        ("bound", "?box"),
        ("bound_callback", "?object"),
        ("shape", "?object"),
        ("supports_list", "bool"),
        ("use_list", "bool"),
        ("use_buffers", "bool"),
        ("update_callback", "?object", 0, 156),
        ("event_callback", "?object", 0, 156),
        ("cull_callback", "?object", 0, 156),
        ("draw_callback", "?object", 0, 156),
        ("mask", "u32", 142),
        ("culling", "bool", 145),
    ),
    "Geometry": _fields(
        ("primitives", "old_primitives", 0, 112),
        ("primitives", "object_vector", 112),
        ("vertices", "?old_array", 0, 112),
        ("normals", "?old_array", 0, 112),
        ("colours", "?old_array", 0, 112),
        ("second_colours", "?old_array", 0, 112),
        ("fog", "?old_array", 0, 112),
        ("uv", "?old_arrays", 0, 112),
        ("attributes", "?old_arrays", 0, 112),
        ("fast_path", "bool", 0, 112),
        ("vertices", "?object", 112),
        ("normals", "?object", 112),
        ("colours", "?object", 112),
        ("second_colours", "?object", 112),
        ("fog", "?object", 112),
        ("uv", "object_vector", 112),
        ("attributes", "object_vector", 112),
    ),
    "BufferData": _fields(("buffer", "?object", 147)),
    "BufferObject": _fields(("target", "u32"), ("usage", "u32"), ("release", "bool")),
    "Array": _fields(("binding", "i32"), ("normalise", "bool"), ("preserve", "bool")),
    "PrimitiveSet": _fields(("instances", "i32"), ("mode", "u32")),
    "DrawArrays": _fields(("first", "i32"), ("count", "i32")),
    "DrawArrayLengths": _fields(("first", "i32"), ("values", "vector_i4")),
    "DrawElementsUByte": _fields(("values", "vector_u1")),
    "DrawElementsUShort": _fields(("values", "vector_u2")),
    "DrawElementsUInt": _fields(("values", "vector_u4")),
    "StateSet": _fields(
        ("modes", "?modes"),
        ("attributes", "?attributes"),
        ("texture_modes", "?texture_modes"),
        ("textures", "?texture_attributes"),
        ("uniforms", "?uniforms"),
        ("hint", "i32"),
        ("bin_mode", "i32"),
        ("bin_number", "i32"),
        ("bin_name", "text"),
        ("nest_bins", "bool"),
        ("update_callback", "?object"),
        ("event_callback", "?object"),
        ("defines", "?defines", 146),
    ),
    "StateAttribute": _fields(("update_callback", "?object"), ("event_callback", "?object")),
    "Material": _fields(
        ("colour_mode", "i32"),
        ("ambient", "?face_colours"),
        ("diffuse", "?face_colours"),
        ("specular", "?face_colours"),
        ("emission", "?face_colours"),
        ("shininess", "?face_numbers"),
    ),
    "Texture": _fields(
        ("wrap_s", "?u32"),
        ("wrap_t", "?u32"),
        ("wrap_r", "?u32"),
        ("smaller", "?u32"),
        ("larger", "?u32"),
        ("anisotropy", "f32"),
        ("mipmaps", "bool"),
        ("release", "bool"),
        ("client_storage", "bool"),
        ("resize", "bool"),
        ("border_colour", "doubles4"),
        ("border_width", "i32"),
        ("format_mode", "i32"),
        ("internal_format", "?u32"),
        ("source_format", "?u32"),
        ("source_type", "?u32"),
        ("shadow_comparison", "bool"),
        ("shadow_function", "i32"),
        ("shadow_mode", "i32"),
        ("shadow_ambient", "f32"),
        ("attachment", "?attachment", 95, 154),
        ("swizzle", "?text", 98),
        ("lowest_level", "f32", 155),
        ("highest_level", "f32", 155),
        ("level_bias", "f32", 155),
    ),
    "Texture1D": _fields(("image", "?image"), ("width", "i32")),
    "Texture2D": _fields(("image", "?image"), ("width", "i32"), ("height", "i32")),
    "TexEnv": _fields(("mode", "i32"), ("colour", "doubles4")),
    "TexGen": _fields(
        ("mode", "i32"),
        ("plane_s", "?doubles4"),
        ("plane_t", "?doubles4"),
        ("plane_r", "?doubles4"),
        ("plane_q", "?doubles4"),
    ),
    "TexMat": _fields(("matrix", "matrix"), ("scale_by_size", "bool")),
    "CullFace": _fields(("mode", "i32")),
    "ShadeModel": _fields(("mode", "i32")),
    "FrontFace": _fields(("mode", "i32")),
    "PolygonMode": _fields(("modes", "?polygon_modes")),
    "PolygonOffset": _fields(("factor", "f32"), ("units", "f32")),
    "BlendFunc": _fields(("source", "u32"), ("source_alpha", "u32"), ("target", "u32"), ("target_alpha", "u32")),
    "AlphaFunc": _fields(("function", "i32"), ("reference", "f32")),
    "Depth": _fields(("function", "i32"), ("near", "f64"), ("far", "f64"), ("write", "bool")),
    "LineWidth": _fields(("width", "f32")),
    "LightModel": _fields(
        ("ambient", "floats4"), ("colour_control", "i32"), ("local_viewer", "bool"), ("two_sided", "bool")
    ),
    "DefaultUserDataContainer": _fields(("data", "?boxed_object"), ("descriptions", "?texts"), ("objects", "?objects")),
    "StringValueObject": _fields(("value", "text")),
    "BoolValueObject": _fields(("value", "bool")),
    "IntValueObject": _fields(("value", "i32")),
    "UIntValueObject": _fields(("value", "u32")),
    "FloatValueObject": _fields(("value", "f32")),
    "DoubleValueObject": _fields(("value", "f64")),
    "Image": (),  # all of it stands in its own record
}

# Class → the classes whose fields it has, in order, each with the version since which it has them.
_CHAINS = (
    {
        "Node": "Node",
        "Group": "Node Group",
        "Geode": "Node Geode",
        "LOD": "Node Group LOD",
        "PagedLOD": "Node LOD PagedLOD",
        "ProxyNode": "Node ProxyNode",
        "Transform": "Node Group Transform",
        "MatrixTransform": "Node Group Transform MatrixTransform",
        "PositionAttitudeTransform": "Node Group Transform PositionAttitudeTransform",
        "Switch": "Node Group Switch",
        "CoordinateSystemNode": "Node Group CoordinateSystemNode",
        "EllipsoidModel": "EllipsoidModel",
        "Geometry": "Node@154 Drawable Geometry",
        "VertexBufferObject": "BufferObject",
        "ElementBufferObject": "BufferObject",
        "DrawArrays": "BufferData@147 PrimitiveSet DrawArrays",
        "DrawArrayLengths": "BufferData@147 PrimitiveSet DrawArrayLengths",
        "DrawElementsUByte": "BufferData@147 PrimitiveSet DrawElementsUByte",
        "DrawElementsUShort": "BufferData@147 PrimitiveSet DrawElementsUShort",
        "DrawElementsUInt": "BufferData@147 PrimitiveSet DrawElementsUInt",
        "StateSet": "StateSet",
        "Texture1D": "StateAttribute Texture Texture1D",
        "Texture2D": "StateAttribute Texture Texture2D",
        "DefaultUserDataContainer": "DefaultUserDataContainer",
        "Image": "Image",
    }
    | {
        name: f"StateAttribute {name}"
        for name in (
            *("Material", "TexEnv", "TexGen", "TexMat", "CullFace", "ShadeModel", "FrontFace", "PolygonMode"),
            *("PolygonOffset", "BlendFunc", "AlphaFunc", "Depth", "LineWidth", "LightModel"),
        )
    }
    | {f"{name}ValueObject": f"{name}ValueObject" for name in ("String", "Bool", "Int", "UInt", "Float", "Double")}
)

# Arrays: class → (numpy type, width); the order is that of the numbers in files before version 112.
_ARRAY_ROWS = (
    *(("Byte", "i1", 1), ("UByte", "u1", 1), ("Short", "i2", 1), ("UShort", "u2", 1), ("Int", "i4", 1)),
    *(("UInt", "u4", 1), ("Float", "f4", 1), ("Double", "f8", 1)),
    *(("Vec2b", "i1", 2), ("Vec3b", "i1", 3), ("Vec4b", "i1", 4), ("Vec4ub", "u1", 4)),
    *(("Vec2s", "i2", 2), ("Vec3s", "i2", 3), ("Vec4s", "i2", 4)),
    *(("Vec2", "f4", 2), ("Vec3", "f4", 3), ("Vec4", "f4", 4)),
    *(("Vec2d", "f8", 2), ("Vec3d", "f8", 3), ("Vec4d", "f8", 4)),
    *(("Vec2ub", "u1", 2), ("Vec3ub", "u1", 3), ("Vec2us", "u2", 2), ("Vec3us", "u2", 3), ("Vec4us", "u2", 4)),
    *(("Vec2i", "i4", 2), ("Vec3i", "i4", 3), ("Vec4i", "i4", 4)),
    *(("Vec2ui", "u4", 2), ("Vec3ui", "u4", 3), ("Vec4ui", "u4", 4)),
)
ARRAYS: dict[str, tuple[str, int]] = {f"{name}Array": (kind, width) for name, kind, width in _ARRAY_ROWS}
ARRAY_NUMBERS: dict[int, tuple[str, int]] = {number: (kind, width) for number, (_, kind, width) in
                                             enumerate(_ARRAY_ROWS)}  # fmt: skip

for _name, (_kind, _width) in ARRAYS.items():
    FIELDS[_name] = (Field("values", f"vector_{_kind}x{_width}"),)
    _CHAINS[_name] = f"BufferData@147 Array {_name}"


def fields_of(name: str, version: int) -> tuple[Field, ...] | None:
    """The fields of a class (without "osg::") in a file of this version, None for a class that is not known."""
    chain = _CHAINS.get(name)
    if chain is None:
        return None
    found: list[Field] = []
    for link in ("Object", *chain.split()):
        parent, _, since = link.partition("@")
        if version >= int(since or 0):
            found += [field for field in FIELDS[parent] if field.since <= version < field.until]
    return tuple(found)
