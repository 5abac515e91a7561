"""The words of the language: which lexeme kind each has, and where it is a keyword."""

from __future__ import annotations

from .library import BUFFERS, CONSTRUCTORS, FUNCTIONS, PERMISSIONS
from .units import UNIT_WORDS


def _table(entries: dict[str, str]) -> dict[str, str]:
    return {word: kind for kind, words in entries.items() for word in words.split()}


HEADER_WORDS = "版本 权限 面积口径 坐标系 参数日期 说明 等级 编号 分组 施行日期 废止日期"

# keywords only as the first word of a statement
STATEMENT_WORDS = _table(
    {
        "MODULE": "规则集 脚本 工具箱",
        "_IMPORT": "引用",
        "LAYER": "图层 表格",
        "_FIELDS": "字段",
        "_PARAMETER": "参数",
        "_OUTPUT": "输出",
        "_RULE": "规则",
        "_STANDARD": "标准",
        "_EXCEPTION": "例外",
        "_TEST": "测试",
        "_TOOL": "工具",
        "_FUNCTION": "函数",
        "_BASIS": "依据",
        "_CONDITION": "条件",
        "_PRINCIPLE": "原则上",
        "_CHECK": "检查",
        "_FOREACH": "遍历",
        "_FOR": "循环",
        "_REPEAT": "重复",
        "_WHILE": "只要",
        "_IF": "如果",
        "_ELSEIF": "否则如果",
        "_ELSE": "否则",
        "_ON_FAILURE": "如果出错",
        "_END": "结束",
        "_LET": "设定",
        "_VARIABLE": "变量",
        "_REQUIRE": "要求",
        "_HINT": "提示",
        "_SKIP": "跳过",
        "_BREAK": "跳出",
        "_RETURN": "返回",
        "_SHOW": "显示",
        "_FAIL": "报错",
        "_PUT": "把",
        "_GIVEN": "已知",
        "_EXPECT": "期望",
        "META": HEADER_WORDS,
    }
)

# keywords everywhere
CONNECTIVES = _table(
    {
        "_IS": "为",
        "_EACH": "中的每个",
        "_WHERE": "其中",
        "_LIST": "列出",
        "_ALL": "都满足",
        "_SOME": "中有",
        "_MEETS": "满足",
        "_IF": "如果",
        "_TAKE": "则取",
        "_OTHERWISE": "否则取",
        "_ELSEIF": "否则如果",
        "_AND": "且 并且",
        "_OR": "或 或者",
        "_NOT": "并非",
        "_ABSENT": "没有",
        "COMPARE": "大于 小于 等于 不大于 不小于 不等于 属于 不属于 包含 不包含 位于 不位于 开头是 结尾是",
        "_ABOUT": "约等于",
        "_TOLERANCE": "误差不超过",
        "_BETWEEN": "介于",
        "_UNTIL": "至",
        "_IN": "在",
        "_UNIQUE": "中唯一",
        "EMPTY": "为空 不为空",
        "TOUCHES": "相交 相邻 重叠 相离",
        "_CONVERT": "换算为",
        "_PLUS": "加上",
        "_MINUS": "减去",
        "_TIMES": "乘以",
        "_DIVIDE": "除以",
        "_WITH": "与",
        "_TO": "到",
        "_OF": "的",
        "_LOCATED": "所在的",
        "_NUMBERED": "第",
    }
)

# keywords only in statements that begin with the given word; "" stands for a statement that begins with a value
LINE_WORDS = {
    "LAYER": {"来自": "_FROM", "字段": "_FIELDS"},
    "_FIELDS": {"来自": "_FROM"},
    "_OUTPUT": {"字段": "_FIELDS"},
    "_PARAMETER": {"默认": "_DEFAULT"},
    "_FUNCTION": {"默认": "_DEFAULT"},
    "_STANDARD": {"默认": "_DEFAULT"},
    "_REQUIRE": {"否则报告": "_REPORT", "标注": "_MARK", "建议": "_SUGGEST"},
    "_HINT": {"标注": "_MARK", "建议": "_SUGGEST"},
    "_EXCEPTION": {"针对": "_AGAINST", "优先于": "_OVER"},
    "_CONDITION": {"否则报告": "_REPORT"},
    "_EXPECT": {"报错": "_FAIL"},
    "_PUT": {"加入": "INTO", "写入": "INTO", "保存为": "INTO"},
    "_IMPORT": {"中的": "_AMONG"},
    "_FOR": {"从": "_START", "到": "_UNTIL", "每次增加": "STEP", "每次减少": "STEP"},
    "_REPEAT": {"次": "_TURNS"},
    "_WHILE": {"就重复": "_LOOP"},
    "_IF": {"那么": "_THEN"},
    "_ELSEIF": {"那么": "_THEN"},
    "": {"改为": "_BECOMES", "增加": "_INCREASE", "减少": "_DECREASE"},
}

MARKS = {
    "，": "_COMMA",
    ",": "_COMMA",
    "、": "_COMMA",
    "：": "_COLON",
    ":": "_COLON",
    "（": "_OPEN",
    "(": "_OPEN",
    "）": "_CLOSE",
    ")": "_CLOSE",
    "＝": "_EQUALS",
    "=": "_EQUALS",
    "＋": "_PLUS",
    "+": "_PLUS",
    "－": "_MINUS",
    "-": "_MINUS",
    "−": "_MINUS",
    "×": "_TIMES",
    "*": "_TIMES",
    "＊": "_TIMES",
    "÷": "_DIVIDE",
    "/": "_DIVIDE",
    "／": "_DIVIDE",
    "＞": "COMPARE",
    ">": "COMPARE",
    "＜": "COMPARE",
    "<": "COMPARE",
    "≥": "COMPARE",
    "≤": "COMPARE",
    "≠": "COMPARE",
    ">=": "COMPARE",
    "<=": "COMPARE",
    "!=": "COMPARE",
    "；": "_SEMICOLON",
    ";": "_SEMICOLON",
    "。": "_SEMICOLON",
    # what word processors and other input methods put in their place
    **dict.fromkeys("﹐﹑", "_COMMA"),
    **dict.fromkeys("∶︰﹕", "_COLON"),
    **dict.fromkeys("﹔", "_SEMICOLON"),
    **dict.fromkeys("﹙", "_OPEN"),
    **dict.fromkeys("﹚", "_CLOSE"),
    **dict.fromkeys("﹦", "_EQUALS"),
    **dict.fromkeys("﹢", "_PLUS"),
    **dict.fromkeys("–﹣", "_MINUS"),
    **dict.fromkeys("∗", "_TIMES"),
    **dict.fromkeys("∕", "_DIVIDE"),
    **dict.fromkeys("≧≦⩾⩽﹥﹤", "COMPARE"),
}

# words that the library declares in advance; a file may declare the same word
CONSTANTS = frozenset(["真", "假", "是", "否", "空", "今天", "换行"])
TYPE_WORDS = frozenset(
    [
        "数值",
        "整数",
        "比率",
        "面积",
        "长度",
        "体积",
        "金额",
        "时长",
        "文本",
        "日期",
        "是否",
        "列表",
        "字典",
        "图层",
        "表格",
        "要素",
        "选项",
        "多选",
        "文件",
        "保存文件",
        "文件夹",
        "坐标系",
        "范围",
        "颜色",
        "坐标",
        "点",
        "线",
        "面",
    ]
)
RELATIONS = frozenset(["相交部分", "相交面积", "相交长度", "合并部分", "差异部分"])
LIBRARY_WORDS = (
    frozenset(FUNCTIONS)
    | BUFFERS
    | CONSTRUCTORS
    | frozenset(PERMISSIONS)
    | frozenset(["距离", "出错原因", "报告", "报告数", "例外数", "无法判断数", "提示数"])
    | frozenset(["万元", "亿元", "万亩", "万平方米"])
    | CONSTANTS
    | TYPE_WORDS
    | RELATIONS
    | frozenset(word for word in UNIT_WORDS if word != "次")
)

# a comma in front of one of these is decoration
AFTER_COMMA = frozenset(
    [
        "_FIELDS",
        "_AND",
        "_OR",
        "_THEN",
        "_REPORT",
        "_MARK",
        "_SUGGEST",
        "_WHERE",
        "_LIST",
        "_ALL",
        "_MEETS",
        "_TAKE",
        "_OTHERWISE",
        "_ELSEIF",
        "_TOLERANCE",
        "_AGAINST",
        "_OVER",
        "_LOOP",
        "STEP",
        "_BASIS",
        "INTO",
    ]
)
# first words that begin a new statement even after a comma or inside an open bracket
RESTART_WORDS = (
    "规则",
    "函数",
    "工具",
    "测试",
    "标准",
    "例外",
    "检查",
    "遍历",
    "循环",
    "重复",
    "只要",
    "如果",
    "否则",
    "结束",
    "设定",
    "变量",
    "要求",
    "期望",
    "已知",
    "返回",
    "显示",
    "字段",
    "图层",
    "表格",
    "参数",
)
BINDING_KINDS = frozenset(["_LET", "_VARIABLE", "_GIVEN", "_PARAMETER", "SINCE", "_PRINCIPLE"])
