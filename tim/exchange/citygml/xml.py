"""XML that strangers wrote: no entities, no network, bounded depth and size of texts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from tim.errors import UnusableInput

GML_ID = ("{http://www.opengis.net/gml}id", "{http://www.opengis.net/gml/3.2}id")
XLINK = "http://www.w3.org/1999/xlink"
HREF = f"{{{XLINK}}}href"
_HEAD = 1 << 16
_SAFE: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}


def local(element: Any) -> str:
    """The name of an element without its namespace; "" for comments and entities."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def gml_id(element: Any) -> str | None:
    """The identity of an element."""
    return element.get(GML_ID[0]) or element.get(GML_ID[1])


def text(element: Any) -> str:
    """The text of an element without blanks around it."""
    return (element.text or "").strip()


def elements(path: Path, names: tuple[str, ...]) -> Iterator[Any]:
    """The elements with these local names, each complete and then forgotten. Raises `UnusableInput`."""
    refuse_entities(path)
    try:
        for _, element in etree.iterparse(str(path), events=("end",), tag=[f"{{*}}{name}" for name in names], **_SAFE):
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise UnusableInput(f"“{path.name}”{_reason(error)}", detail=str(error)) from error


def root_of(path: Path) -> tuple[str, str]:
    """Namespace and local name of the first element; ("", "") for what is no XML."""
    try:
        for _, element in etree.iterparse(str(path), events=("start",), **_SAFE):
            tag = str(element.tag)
            return tag.rpartition("}")[0].lstrip("{"), local(element)
    except etree.XMLSyntaxError:
        pass
    return "", ""


def tree(path: Path) -> Any:
    """The root of a small document. Raises `UnusableInput`."""
    refuse_entities(path)
    try:
        return etree.parse(str(path), etree.XMLParser(**_SAFE)).getroot()
    except (etree.XMLSyntaxError, OSError) as error:
        raise UnusableInput(f"“{path.name}”不是有效的 XML", detail=str(error)) from error


def refuse_entities(path: Path) -> None:
    """Refuse documents with a DTD: no exchange format needs one, and entities can grow without end."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD).replace(b"\0", b"")
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise UnusableInput(f"“{path.name}”含有 DTD 或实体定义，出于安全不读取；请去掉 <!DOCTYPE …>")


def _reason(error: Any) -> str:
    message, line = str(error), getattr(error, "lineno", None)
    where = f"（第 {line} 行）" if line else ""
    if "xcessive depth" in message:
        return f"嵌套太深，不能读取{where}"
    if "huge" in message.lower() or "too long" in message.lower():
        return f"有过长的文字或数据，不能读取{where}"
    if "Premature end" in message or "EndTag" in message or "no element found" in message:
        return f"不完整，像是被截断了{where}"
    return f"不是有效的 XML{where}"
