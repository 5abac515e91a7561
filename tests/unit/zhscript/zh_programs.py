"""Random scripts that the checker accepts: nested statements over names of every sort, many of which fail when run."""

from __future__ import annotations

import random


class Writer:
    """Writes one script."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.names: list[dict[str, list[str]]] = [{}]  # visible names by sort, innermost block last
        self.variables: set[str] = set()
        self.functions: dict[str, list[str]] = {}
        self.tools: dict[str, list[tuple[str, str]]] = {}
        self.inside_tool = False
        self.count = 0
        self.inside_function = False

    def script(self) -> str:
        """The text of a script."""
        self._start()
        for _ in range(self.random.randint(1, 3)):
            self._function()
        for _ in range(self.random.randint(0, 2)):
            self._tool()
        self._block(self.random.randint(3, 9), 0)
        self.lines.append(f"显示“{{{self.number(2)}}}”，{self.text(1)}")
        return "\n".join(self.lines) + "\n"

    def _start(self) -> None:
        self._bind("number", "数", "5", True)
        self._bind("number", "空数", "空", True, "：数值")
        self._bind("area", "地", "3亩", True)
        self._bind("area", "空地", "空", True, "：面积")
        self._bind("text", "文", "“甲乙”", True)
        self._bind("text", "空文", "空", True, "：文本")
        self._bind("truth", "真否", "真", True)
        self._bind("date", "日", "2024年1月31日", False)
        self._bind("list", "列", "（3，1，2）", False)
        self._bind("list", "堆", "列表（）", True)
        self._bind("mapping", "典", "字典（子：1，丑：“x”，寅：空，卯：2亩）", True)

    def _bind(self, sort: str, name: str, value: str, variable: bool, annotation: str = "") -> None:
        self.lines.append(f"{'变量' if variable else '设定'} {name}{annotation} 为 {value}")
        self.names[-1].setdefault(sort, []).append(name)
        if variable:
            self.variables.add(name)

    def _new(self) -> str:
        self.count += 1
        return f"名{self.count}"

    def _visible(self, sort: str) -> list[str]:
        return [name for block in self.names for name in block.get(sort, [])]

    def _likely(self, sort: str) -> list[str]:
        """Names that are mostly not 空."""
        return [name for name in self._visible(sort) if not name.startswith("空") or self.random.random() < 0.1]

    # -- expressions

    def number(self, depth: int) -> str:
        """A number without a unit."""
        pick = self.random.randint(0, 18)
        if depth <= 0 or pick < 4:
            return self.random.choice([*self._likely("number"), "0", "1", "2", "7", "2.5", "三分之一"])
        if pick < 9:
            word = self.random.choice(["加上", "减去", "乘以", "加上", "减去", "乘以", "除以"])
            right = self.number(depth - 1)
            return f"（{self.number(depth - 1)} {word} {right if right != '0' else '数'}）"
        if pick == 9:
            return f"（{self.area(depth - 1)} 换算为 亩）"
        if pick == 10:
            return f"余数（{self.number(depth - 1)}，{self.random.choice(['3', '2.5', '数'])}）"
        if pick == 11:
            return f"（如果 {self.truth(depth - 1)} 则取 {self.number(depth - 1)}，否则取 {self.number(depth - 1)}）"
        if pick == 12:
            return f"（{self.text(depth - 1)} 的字数）"
        if pick == 13:
            return f"（列 的第 {self.random.choice(['1', '2', '3', '数'])} 个）"
        if pick == 14:
            return f"（{self.list(depth - 1)} 的总和）"
        if pick == 15:
            return f"（{self.area(depth - 1)} 除以 地）"
        if pick == 16 and self.functions:
            return self._call(depth)
        if pick == 17 and self.tools and not self.inside_tool and not self.inside_function:
            name, formals = self.random.choice(list(self.tools.items()))
            given = "，".join(f"{formal}：{getattr(self, sort)(depth - 1)}" for formal, sort in formals)
            return f"（工具“{name}”（{given}） 的果）"
        return f"（－{self.number(depth - 1)}）"

    def _call(self, depth: int) -> str:
        name, sorts = self.random.choice(list(self.functions.items()))
        values = [getattr(self, sort)(depth - 1) for sort in sorts]
        return f"{name}（{'，'.join(values)}）"

    def any(self, depth: int) -> str:
        """A value whose type is not known."""
        choices = [f"典的（“{key}”）" for key in [*"子子子子子子子子丑寅卯辰"]]
        if depth <= 0 or self.random.random() < 0.6:
            return self.random.choice(choices + self._visible("any"))
        word = self.random.choice(["加上", "减去", "乘以", "除以"])
        return f"（{self.any(depth - 1)} {word} {self.random.choice([self.any, self.number])(depth - 1)}）"

    def area(self, depth: int) -> str:
        """An area."""
        pick = self.random.randint(0, 6)
        if depth <= 0 or pick < 2:
            return self.random.choice([*self._likely("area"), "3亩", "1公顷", "0平方米"])
        if pick < 4:
            return f"（{self.area(depth - 1)} {self.random.choice(['加上', '减去'])} {self.area(depth - 1)}）"
        if pick == 4:
            return f"（{self.number(depth - 1)} 乘以 {self.area(depth - 1)}）"
        if pick == 5:
            return f"（{self.area(depth - 1)} 除以 {self.random.choice(['2', '数', '三分之一'])}）"
        return f"（{self.area(depth - 1)} 的绝对值）"

    def text(self, depth: int) -> str:
        """A text."""
        if depth <= 0 or self.random.random() < 0.4:
            return self.random.choice([*self._likely("text"), "“甲”", "“”"])
        number, area = self.number(depth - 1), self.area(depth - 1)
        holes = [f"{number}", f"{number}：两位小数", f"{area}：亩，一位小数", f"{self.any(depth - 1)}"]
        return f"“a{{{self.random.choice(holes)}}}b”" if "“" not in "".join(holes) else f"（{number} 的转为文本）"

    def date(self, depth: int) -> str:
        """A date."""
        name = self.random.choice(self._visible("date"))
        return name if depth <= 0 else f"（{name} 加上 {self.random.choice(['1个月', '3天', '1年'])}）"

    def list(self, depth: int) -> str:
        """A list of numbers, or one that may hold anything."""
        pick = self.random.randint(0, 3)
        if depth <= 0 or pick < 2:
            return self.random.choice(self._visible("list"))
        if pick == 2:
            return f"（{self.number(depth - 1)}，{self.number(depth - 1)}）"
        source, name = self.random.choice(self._visible("list")), self._new()
        self.names.append({"number": [name]})
        query = f"（{source} 中的每个 {name}，其中 {self.truth(depth - 1)}，列出 {self.number(depth - 1)}）"
        self.names.pop()
        return query

    def truth(self, depth: int) -> str:
        """A condition."""
        pick = self.random.randint(0, 9)
        compare = self.random.choice(["大于", "小于", "不大于", "不小于", "等于", "不等于"])
        if pick < 3 or depth <= 0:
            return f"（{self.number(depth - 1)} {compare} {self.number(depth - 1)}）"
        if pick == 3:
            return f"（{self.area(depth - 1)} {compare} {self.area(depth - 1)}）"
        if pick == 4:
            return f"（{self.text(0)} {self.random.choice(['等于', '不等于', '包含', '开头是'])} {self.text(0)}）"
        if pick == 5:
            word = self.random.choice(["且", "或"])
            return f"（{self.truth(depth - 1)} {word} {self.truth(depth - 1)}）"
        if pick == 6:
            sort = self.random.choice(["number", "area", "text", "any"])
            return f"（{getattr(self, sort)(0)} {self.random.choice(['为空', '不为空'])}）"
        if pick == 7:
            return f"（{self.number(0)} 属于 {self.list(depth - 1)}）"
        if pick == 8:
            return f"（并非 {self.truth(depth - 1)}）"
        name = self._new()
        source = self.random.choice(self._visible("list"))
        self.names.append({"number": [name]})
        form = self.random.choice(["中的每个 {} 都满足 {}", "中有 {} 满足 {}"])
        quantifier = f"（{source} {form.format(name, self.truth(depth - 1))}）"
        self.names.pop()
        return quantifier

    # -- statements

    def _function(self) -> None:
        name = self._new()
        sorts = [self.random.choice(["number", "number", "area", "text"]) for _ in range(self.random.randint(0, 2))]
        words = {"number": "数值", "area": "面积", "text": "文本"}
        formals = [(self._new(), sort) for sort in sorts]
        typed = self.random.random() < 0.7
        shown = [f"{name}：{words[sort]}" if typed or sort != "number" else name for name, sort in formals]
        listed = "，".join(shown)
        self.lines.append(f"函数 {name}（{listed}）{'：数值' if self.random.random() < 0.5 else ''}")
        outer = self.names
        self.names = [outer[0], {}]
        for formal, sort in formals:
            self.names[1].setdefault(sort, []).append(formal)
        self.inside_function = True
        self._block(self.random.randint(0, 2), 1)
        self.lines.append(f"返回 {self.number(2)}")
        self.inside_function = False
        self.names = outer
        self.lines.append("结束")
        self.functions[name] = sorts

    def _tool(self) -> None:
        name = self._new()
        formals = [(self._new(), self.random.choice(["number", "area", "text"])) for _ in range(2)]
        words = {"number": "数值", "area": "面积", "text": "文本"}
        self.lines.append(f"工具“{name}”")
        limits = {"number": "，不小于 0", "area": "", "text": "，可选"}
        self.lines += [f"参数 {formal}：{words[sort]}{limits[sort]}" for formal, sort in formals]
        if self.random.random() < 0.5:
            default = self._new()
            self.lines.append(f"参数 {default}：数值，默认 数")
            formals.append((default, "number"))
        outer = self.names
        self.names = [outer[0], {}]
        for formal, sort in formals:
            self.names[1].setdefault(sort, []).append(formal)
        if self.random.random() < 0.4:
            self.lines.append(f"条件 {self.truth(1)}，否则报告“不合适{{数}}”")
        self.lines.append("输出 果：数值")
        self.inside_tool = True
        self._block(self.random.randint(0, 2), 1)
        self.lines.append(f"把 {self.number(2)} 写入 果")
        self.inside_tool = False
        self.names = outer
        self.lines.append("结束")
        self.tools[name] = [pair for pair in formals if pair in formals[:2] or self.random.random() < 0.5]

    def _block(self, count: int, depth: int) -> None:
        for _ in range(count):
            self._statement(depth)

    def _inner(self, depth: int, names: dict[str, list[str]], loop: bool, ends: bool = True) -> None:
        self.names.append(names)
        self._block(self.random.randint(1, 3), depth + 1)
        if loop and self.random.random() < 0.3:
            self.lines.append(f"如果 {self.truth(1)}，那么 {self.random.choice(['跳过', '跳出'])}")
        self.names.pop()
        if ends:
            self.lines.append("结束")

    def _statement(self, depth: int) -> None:
        pick = self.random.randint(0, 17 if depth < 3 else 9)
        if pick < 3:
            sort = self.random.choice(["number", "number", "area", "text", "truth", "any", "list"])
            value = getattr(self, sort)(3)
            self._bind(sort, self._new(), value, sort != "list" and self.random.random() < 0.5)
        elif pick < 6:
            self._assign()
        elif pick < 8:
            self.lines.append(f"显示 {self.number(2)}，“{{{self.area(2)}}}”，{self.any(1)}")
        elif pick == 8:
            self.lines.append(f"把 {self.random.choice([self.number, self.text, self.any])(2)} 加入 堆")
        elif pick == 9:
            value = self.random.choice([self.number, self.any])(2)
            self.lines.append(f"典的（“{self.random.choice('子丑寅卯')}”） 改为 {value}")
        elif pick < 12:
            self.lines.append(f"如果 {self.truth(3)}，那么")
            self.names.append({})
            self._block(self.random.randint(1, 2), depth + 1)
            self.names.pop()
            if self.random.random() < 0.5:
                self.lines.append("否则")
                self.names.append({})
                self._block(1, depth + 1)
                self.names.pop()
            self.lines.append("结束")
        elif pick < 14:
            name = self._new()
            step = self.random.choice(["", "，每次增加 0.5", "，每次增加 2"])
            last = self.random.choice(["2", "3", "余数（数，4）"])
            self.lines.append(f"循环 {name} 从 {self.random.choice('012')} 到 {last}{step}：")
            self._inner(depth, {"number": [name]}, True)
        elif pick < 16:
            name, place = self._new(), self._new()
            source = self.list(1)
            self.lines.append(f"遍历 {source} 中的每个 {name}（第 {place} 个），其中 {place} 小于 5：")
            failed = self.random.random() < 0.4
            self._inner(depth, {"number": [name, place]}, True, not failed)
            if failed:
                self.lines.append("如果出错：")
                self._inner(depth, {"number": [name, place], "text": ["出错原因"]}, True)
        elif pick == 16:
            self.lines.append(f"重复 {self.random.choice(['2', '3', '0', '余数（数，3）'])} 次：")
            self._inner(depth, {}, True)
        else:
            name = self._new()
            self._bind("number", name, "0", True)
            self.variables.discard(name)  # so that the loop ends
            self.lines.append(f"只要 {name} 小于 3，就重复：")
            self.lines.append(f"{name} 增加 1")
            self._inner(depth, {}, True)

    def _assign(self) -> None:
        sort = self.random.choice(["number", "number", "area", "text", "truth"])
        names = [name for name in self._visible(sort) if name in self.variables]
        if not names:
            return
        name = self.random.choice(names)
        if sort in ("number", "area") and self.random.random() < 0.5:
            self.lines.append(f"{name} {self.random.choice(['增加', '减少'])} {getattr(self, sort)(2)}")
        else:
            self.lines.append(f"{name} 改为 {getattr(self, sort)(3)}")


def random_script(seed: int) -> str:
    """The text of the script number `seed`."""
    return Writer(seed).script()
