"""Tables to rules. What is wrong in the cells is collected: every problem is told at once with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tim.rule_tables.conditions import read_values, read_where
from tim.rule_tables.headers import Indicator, Listed, Planned, is_note
from tim.rule_tables.limits import Limit, Unreadable, read_limits, unit_of
from tim.rule_tables.program import ROW, RuleFile, RuleText, name_of, text_of
from tim.rule_tables.sheet import Cell, Sheet
from zhscript.checker.check import LEVELS

_SIDES = {"不大于": "上限", "小于": "上限", "不小于": "下限", "大于": "下限", "等于": "规定值"}
_BREAKS = {"不大于": "超过上限", "小于": "应小于", "不小于": "低于下限", "大于": "应大于", "等于": "应等于"}


@dataclass
class Options:
    """What the table does not say: the layer, basis and level; whether the layer has percentages as 0.35."""

    layer: str = "宗地"
    basis: str = ""
    level: str = "强制"
    ratio: bool = False


@dataclass
class Problems:
    """(place, sentence) of everything that is wrong, and what is worth a warning."""

    found: list[tuple[str, str]] = field(default_factory=list)
    percent: set[str] = field(default_factory=set)

    def note(self, cell: Cell, message: str) -> None:
        """Note a problem once."""
        if (cell.place, message) not in self.found:
            self.found.append((cell.place, message))


class Table:
    """Reads one sheet into a rule file."""

    def __init__(self, sheet: Sheet, file: RuleFile, options: Options, problems: Problems) -> None:
        self.sheet = sheet
        self.file = file
        self.options = options
        self.problems = problems
        self._bare: dict[str, list[Cell]] = {}  # shares by their field, written without a unit

    def _text(self, row: list[Cell], column: int | None) -> str:
        if column is None:
            return ""
        if row[column].wrong:
            raise Unreadable(row[column].wrong)
        return row[column].text

    def _literal(self, limit: Limit, name: str) -> str:
        """The number with its unit; in percent as a ratio where the layer has it so."""
        if limit.unit == "%":
            self.problems.percent.add(name)
            return f"{limit.number}%" if self.options.ratio else limit.number
        return limit.literal

    def _word(self, unit: str) -> str:
        return "比率" if unit == "%" and self.options.ratio else "数值" if unit in ("", "%") else unit

    def _report(self, shown: str, limit: Limit, fieldname: str, bound: str) -> str:
        """容积率{…}超过上限{…}."""
        percent = limit.unit == "%"
        form = "：百分数" if percent and self.options.ratio else ""
        after = "%" if percent and not self.options.ratio else ""
        value = "{" + f"{ROW}的{fieldname}{form}" + "}" + after
        return f"“{shown}{value}{_BREAKS[limit.word]}{{{bound}{form}}}{after}”"

    # -- one rule in a row

    def listed(self, layout: Listed) -> None:
        """Each row is a rule."""
        titles: dict[str, str] = {}
        for row in self.sheet.rows[layout.first :]:
            if not is_note(row):
                self._rule(row, layout.columns, titles)
        self._compare_shares()

    def _rule(self, row: list[Cell], columns: dict[str, int], titles: dict[str, str]) -> None:
        def read(meaning: str) -> str:
            cell = row[columns[meaning]] if meaning in columns else None
            if cell is not None and cell.wrong:
                self.problems.note(cell, cell.wrong)
            return "" if cell is None or cell.wrong else cell.text

        title, name, layer = read("title"), read("field"), read("layer") or self.options.layer
        at = row[columns["title"]]
        if not title or not name:
            self.problems.note(
                row[columns["field" if title else "title"]], "这里要写字段" if title else "这里要写规则名称"
            )
            return
        if title in titles:
            self.problems.note(at, f"规则名称“{title}”和 {titles[title]} 重复")
            return
        titles[title] = at.place
        level = read("level") or self.options.level
        if level not in LEVELS:
            self.problems.note(row[columns["level"]], f"等级“{level}”不对，只能是 {'、'.join(LEVELS)}")
        basis = read("basis") or self.options.basis
        rule = RuleText(title, layer, [], level=level, number=read("number"))
        steps = (
            ("title", lambda: text_of(title)),
            ("layer", lambda: name_of(layer)),
            ("basis", lambda: setattr(rule, "basis", text_of(basis) if basis else "")),
            ("where", lambda: setattr(rule, "where", read_where(read("where"), self.file, layer))),
        )
        for meaning, step in steps:
            self._try(row[columns.get(meaning, columns["title"])], step)
        self._requirements(row, columns, rule, name, read)

    def _try(self, cell: Cell, step: object) -> bool:
        try:
            step()  # type: ignore[operator]
        except Unreadable as reason:
            self.problems.note(cell, str(reason))
            return False
        return True

    def _requirements(self, row: list[Cell], columns: dict[str, int], rule: RuleText, name: str, read: object) -> None:
        before = len(self.problems.found)
        report = read("report")  # type: ignore[operator]
        limits: list[tuple[Limit, Cell]] = []
        unit = [""]

        def read_unit() -> None:
            unit[0] = unit_of(read("unit"))  # type: ignore[operator]

        if "unit" in columns and not self._try(row[columns["unit"]], read_unit):
            return
        for meaning, word in (("condition", ""), ("upper", "不大于"), ("lower", "不小于"), ("range", "")):
            if meaning not in columns or row[columns[meaning]].empty or row[columns[meaning]].wrong:
                continue
            cell = row[columns[meaning]]
            try:
                limits += [(self._checked(limit, cell, name), cell) for limit in read_limits(cell, word, unit[0])]
            except Unreadable as reason:
                if meaning != "range" or any(mark in cell.text for mark in "≤≥<>-~～"):
                    self.problems.note(cell, str(reason))
                    return
                self._try(cell, lambda cell=cell: self._values(rule, name, cell, report))
        for limit, cell in limits:
            self._try(cell, lambda limit=limit: self._limit(rule, name, limit, report))
        if rule.requirements:
            self.file.rules.append(rule)
        elif len(self.problems.found) == before:
            self.problems.note(row[columns["title"]], f"规则“{rule.title}”没有写条件、上限、下限或取值范围")

    def _limit(self, rule: RuleText, name: str, limit: Limit, report: str) -> None:
        fieldname = self.file.declare(rule.layer, name, self._word(limit.unit))
        side = _SIDES[limit.word]
        wish = rule.title if side in rule.title else rule.title + side
        bound = self.file.parameter(_plain(wish), self._literal(limit, name), rule.basis)
        told = text_of(report) if report else self._report(name, limit, fieldname, bound)
        rule.requirements.append((f"{ROW}的{fieldname} {limit.word} {bound}", told))

    def _values(self, rule: RuleText, name: str, cell: Cell, report: str) -> None:
        values = [text_of(value) for value in read_values(cell.text)]
        fieldname = self.file.declare(rule.layer, name, "文本")
        told = text_of(report) if report else f"“{name}是{{{ROW}的{fieldname}}}，不在取值范围内”"
        if len(values) == 1:
            rule.requirements.append((f"{ROW}的{fieldname} 等于 {values[0]}", told))
            return
        allowed = self.file.parameter(_plain(rule.title + "取值"), f"（{'，'.join(values)}）", rule.basis)
        rule.requirements.append((f"{ROW}的{fieldname} 属于 {allowed}", told))

    # -- one plot or use in a row

    def planned(self, layout: Planned) -> None:
        """Each indicator column is a rule; its limits stand in a dictionary by plot or use."""
        rows = self._keyed(layout)
        basis = text_of(self.options.basis) if self.options.basis else ""
        if rows:
            self._try(rows[next(iter(rows))][layout.key], lambda: self._complete(layout, list(rows), basis))
        for indicator in layout.indicators:
            limits = self._column(rows, indicator)
            for word in dict.fromkeys(limit.word for several in limits.values() for limit in several):
                chosen = {key: each for key, several in limits.items() for each in several if each.word == word}
                header = self.sheet.rows[layout.first - 1][indicator.column]
                self._try(header, lambda c=chosen, i=indicator: self._planned_rule(layout, i, c, basis))
        self._compare_shares()

    def _complete(self, layout: Planned, keys: list[str], basis: str) -> None:
        """A plot that the table does not have is told: no limit applies to it."""
        layer, name = self.options.layer, layout.key_field
        key = self.file.declare(layer, name, "文本")
        listed = ("（{}）" if len(keys) > 1 else "列表（{}）").format("，".join(map(text_of, keys)))
        known = self.file.parameter(f"表内{name}", listed, basis)
        told = f"“{name}{{{ROW}的{key}}}不在指标表里，没有核对指标”"
        requirement = (f"{ROW}的{key} 属于 {known}", told)
        self.file.rules.append(RuleText(f"{name}应当列在指标表里", layer, [requirement], "", basis, "提示"))

    def _keyed(self, layout: Planned) -> dict[str, list[Cell]]:
        """The rows by their key."""
        rows: dict[str, list[Cell]] = {}
        for row in self.sheet.rows[layout.first :]:
            if is_note(row):
                continue
            cell = row[layout.key]
            key = cell.text
            if cell.wrong or not key:
                self.problems.note(cell, cell.wrong or f"这里要写{layout.key_field}")
            elif key in rows and rows[key] != row:
                self.problems.note(cell, f"{layout.key_field}“{key}”和 {rows[key][layout.key].place} 重复")
            elif self._try(cell, lambda key=key: text_of(key)):
                rows[key] = row
        return rows

    def _column(self, rows: dict[str, list[Cell]], indicator: Indicator) -> dict[str, list[Limit]]:
        limits: dict[str, list[Limit]] = {}
        for key, row in rows.items():
            cell = row[indicator.column]
            if cell.wrong:
                self.problems.note(cell, cell.wrong)
            elif not cell.empty and cell.text not in ("-", "—", "——", "/", "无"):
                try:
                    limits[key] = [
                        self._checked(limit, cell, indicator.name)
                        for limit in read_limits(cell, indicator.word, indicator.unit)
                    ]
                except Unreadable as reason:
                    self.problems.note(cell, str(reason))
        return limits

    def _checked(self, limit: Limit, cell: Cell, name: str) -> Limit:
        """35% may stand as 35 where percent is the unit; a bare 0.35 could be either."""
        if not limit.unit and name.endswith(_SHARES) and not name.endswith(_NO_SHARES):
            self._bare.setdefault(name, []).append(cell)
        if limit.unit == "%" and "%" not in cell.text and 0 < float(limit.number) <= 1:
            said = f"这里按百分数计，“{cell.text}”看不出是 {limit.number}% 还是它的一百倍"
            raise Unreadable(f"{said}；请写成带 % 的数")
        return limit

    def _compare_shares(self) -> None:
        """0.3 and 35 for one share: one of them is a hundred times too small or too large."""
        for name, cells in self._bare.items():
            numbers = [(float(number), cell) for cell in cells for number in _NUMBERS.findall(cell.text)]
            small = [cell for number, cell in numbers if 0 < number <= 1]
            large = [cell for number, cell in numbers if number > 1]
            if small and large:
                said = f"“{name}”写成“{small[0].text}”，{large[0].place} 写成“{large[0].text}”，"
                self.problems.note(small[0], f"{said}一个像小数，一个像百分数；请都写成带 % 的数")

    def _planned_rule(self, layout: Planned, indicator: Indicator, limits: dict[str, Limit], basis: str) -> None:
        first = next(iter(limits.values()))
        units = {limit.unit for limit in limits.values()}
        if len(units) > 1:
            named = "、".join(unit or "没有单位" for unit in sorted(units))
            raise Unreadable(f"“{indicator.name}”这一列的单位不一致（{named}）；请在表头写上单位")
        layer = self.options.layer
        key = self.file.declare(layer, layout.key_field, "文本")
        fieldname = self.file.declare(layer, indicator.name, self._word(first.unit))
        pairs = "，".join(f"{text_of(k)}：{self._literal(limit, indicator.name)}" for k, limit in limits.items())
        table = self.file.parameter(indicator.name + _SIDES[first.word], f"字典（{pairs}）", basis)
        bound = f"{table}的（{ROW}的{key}）"
        self.file.rules.append(
            RuleText(
                f"{indicator.name}{_TITLES[first.word]}",
                layer,
                [(f"{ROW}的{fieldname} {first.word} {bound}", self._report(indicator.name, first, fieldname, bound))],
                f"{ROW}的{key} 属于（{table} 的键列表）",
                basis,
                self.options.level,
            )
        )


# what is a part of a whole, written as 0.3 or 30%; a floor area ratio is none
_SHARES = ("率", "密度", "占比", "比例", "比重")
_NO_SHARES = ("容积率", "人口密度", "路网密度")
_NUMBERS = re.compile(r"\d+(?:\.\d+)?")
_TITLES = {"不大于": "不得超过上限", "小于": "应当小于规定值", "不小于": "不得低于下限", "大于": "应当大于规定值"}
_TITLES["等于"] = "应当等于规定值"


def _plain(wish: str) -> str:
    """A wish for a name, without marks."""
    kept = "".join(character for character in wish if character.isalnum())[:60]
    return kept if kept and not kept[0].isdigit() else "限值" + kept
