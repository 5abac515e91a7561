"""Addresses of models on a server: `postgresql://user@host:port/database?schema=name`, without passwords in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from tim.errors import UsageError

DEFAULT_SCHEMA = "tim"
_SCHEMA = re.compile(r"[^\W\d]\w{0,62}")


@dataclass(frozen=True)
class Address:
    """`connection` is what the driver takes (it may hold a password: never shown), `schema` holds the model."""

    connection: str
    schema: str
    database: str

    @property
    def name(self) -> str:
        """What people call the model."""
        return f"{self.database}/{self.schema}"


def parse_address(text: str) -> Address:
    """Take an address apart. Raises `UsageError` without repeating what may be a password."""
    try:
        parts = urlsplit(text)
        options = parse_qsl(parts.query, keep_blank_values=True)
        database = parts.path.lstrip("/")
        _ = parts.port
    except ValueError:
        raise UsageError("库的地址写法不对；应为 postgresql://用户@主机:端口/库名?schema=模型名") from None
    schema = next((value for key, value in options if key == "schema"), DEFAULT_SCHEMA)
    if not _SCHEMA.fullmatch(schema) or schema.lower().startswith("pg_") or schema == "public":
        raise UsageError(f"模型名 schema={schema[:60]} 不能用；请用字母或汉字开头的名字，不能是 public 或 pg_ 开头")
    if not database:
        raise UsageError("库的地址里没有库名；应为 postgresql://用户@主机:端口/库名?schema=模型名")
    rest = urlencode([(key, value) for key, value in options if key != "schema"])
    return Address(urlunsplit((parts.scheme, parts.netloc, parts.path, rest, "")), schema, database)
