"""What a program may do: 权限 of the header against what its words need; rules must not touch anything."""

from __future__ import annotations

from typing import Any, Optional

from .. import syntax as s
from ..diagnostics import Edit, Fix
from ..library import PERMISSIONS
from .scope import Scopes

_INCLUDES = {"检查": ("检查",), "计算": ("检查", "计算"), "管理": ("检查", "计算", "管理"), "主机": ("主机",)}


def included(words: Any) -> frozenset[str]:
    """Everything that the permissions of a header allow; reading is always allowed."""
    return frozenset(one for word in ("检查", *words) for one in _INCLUDES.get(word, ()))


class Permissions:
    """Collects what statements and functions need. `place` is where a missing header line would be inserted."""

    def __init__(self, scopes: Scopes) -> None:
        self.scopes = scopes
        self.allowed = included(())
        self.header: Optional[s.Header] = None
        self.place = 0
        self.host_words: list[tuple[str, Any]] = []  # what needs a map: (word, node)
        self.writes_files = False
        self.used: set[str] = set()
        self.in_rule = False
        self.function = ""  # the key of the function at hand
        self.impure: dict[str, str] = {}  # functions that touch something, and the word for it
        self._calls: list[tuple[str, str]] = []  # (caller, called)
        self._from_rules: list[tuple[str, Any]] = []  # functions that rules call

    def declare(self, header: s.Header, words: list[str]) -> None:
        """Take over the header line."""
        self.header = header
        self.allowed = included(words)

    def use(self, word: str, permission: str, node: Any) -> None:
        """A word that needs a permission ("" for none) stands at a node."""
        if not permission:
            return
        self.used.add(permission)
        if self.in_rule:
            self.scopes.error("ZH253", f"规则里不能用“{word}”：规则只看声明的图层和表格", node)
        if self.function:
            self.impure.setdefault(self.function, word)
        if permission == "主机":
            self.host_words.append((word, node))
        if permission == "管理":
            self.writes_files = True
        if permission not in self.allowed:
            line = self._header_line(permission)
            message = f"“{word}”要有权限“{permission}”；请在文件开头写 {line}"
            self.scopes.error("ZH254", message, node, Fix(f"在文件开头写“{line}”", (self._edit(line),)))

    def call(self, key: str, node: Any) -> None:
        """A function of the file is called."""
        if self.in_rule:
            self._from_rules.append((key, node))
        if self.function:
            self._calls.append((self.function, key))

    def _header_line(self, permission: str) -> str:
        words = [permission]
        for word in reversed(PERMISSIONS):
            if word in self.allowed and word not in included(words):
                words.append(word)
        return "权限 " + "、".join(sorted(words, key=PERMISSIONS.index))

    def _edit(self, line: str) -> Edit:
        if self.header is not None:
            return Edit(self.header.start, self.header.end, line + "\n")
        return Edit(self.place, self.place, line + "\n")

    def forget(self) -> None:
        """Leave out what the rules have called so far."""
        self._from_rules = []

    def finish(self) -> None:
        """Report the rules that call, over any number of steps, a function that touches something."""
        changed = True
        while changed:
            changed = False
            for caller, called in self._calls:
                if called in self.impure and caller not in self.impure:
                    self.impure[caller] = self.impure[called]
                    changed = True
        for key, node in self._from_rules:
            if key in self.impure:
                message = f"规则里不能用函数“{node.text}”：它用到“{self.impure[key]}”"
                self.scopes.error("ZH253", message, node)
