"""A subset of Python as scripts in Chinese: the same results; what the two understand differently is refused."""

from __future__ import annotations

import contextlib
import io

import pytest
from zhscript_support import checked

from zhscript.engine import run_script
from zhscript.translate import Untranslatable, from_python

PROGRAM = '''
"""示例"""
import math


def fact(n: int):
    """阶乘"""
    if n < 2:
        return 1
    return n * fact(n - 1)


def grade(score):
    if score >= 90:
        result = "优"
    elif score >= 60:
        result = "中"
    else:
        result = "差"
    return result


total = 0
names = ["甲", "乙", "丙"]
out = []
for i, name in enumerate(names, 1):
    total += i
    out.append(f"{i}-{name}")
for k in range(10, 0, -3):
    total = total * 2 - k
count = {}
for c in ["a", "b", "a"]:
    count[c] = count.get(c, 0) + 1
for c in count:
    print(c, count[c])
while total > -40 and not total == 7:
    total -= 5
    if total % 2 == 0:
        continue
    if total < -30:
        break
seen = [n + "!" for n in names if n != "乙"]
print(total, fact(5), grade(75), grade(10), len(out), names[0], names[-1], out[total - total], seen[1])
print(max(1, 2), abs(-3) ** 2, 17 // 5, math.sqrt(16), sum([1, 2]), "x" if total > 0 else "y")
if __name__ == "__main__":
    print("A-01-02".split("-")[1], "abc".upper(), "-".join(names), "330521".startswith("33"))
'''


def same(text):
    """The lines that Python prints, which the translation shows too; truth values are spelt 是 and 否."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(text, "原文.py", "exec"), {"__name__": "__main__"})
    expected = out.getvalue().replace("True", "是").replace("False", "否").replace("4.0", "4").splitlines()
    assert run_script(checked(from_python(text)), None).printed == expected
    return expected


def test_a_program_does_the_same():
    assert len(same(PROGRAM)) == 5


def test_numbers_are_computed_as_python_does():
    text = "a = 0.1\nb = a * 3\nprint(b > 0.3, 0.1 + 0.2 > 0.3, 1 / 49 * 49 == 1, 10 / 4, 1e-7 > 0, 2 <= 3 <= 4)\n"
    assert same(text) == ["是 是 否 2.5 是 是"]


def test_names_that_are_words_of_the_language():
    assert same("面积 = 3\n如果 = 面积 + 1\nprint(如果)\n") == ["4"]


REFUSED = [
    ("import os", 1, "import os"),
    ("x = 1\nclass A:\n    pass", 2, "语句"),
    ("try:\n    x = 1\nexcept ValueError:\n    x = 2", 1, "语句"),
    ("a = [1]\nb = a\nb.append(2)", 2, "同一个列表"),
    ("a = [1]\nb = [a, a]\na.append(2)", 2, "同一个列表"),
    ("a = [1]\nfor x in a:\n    a.append(x)", 2, "循环"),
    ("for i in range(3):\n    print(i)\nprint(i)", 1, "循环后面"),
    ("def f(a):\n    a += 1\n    return a", 1, "参数“a”"),
    ("x = 1\ndef f():\n    x = 2\n    return x", 2, "函数外"),
    ("def f(*a):\n    return 1", 1, "普通的参数"),
    ("print(open('x'))", 1, "open"),
    ("x = (1, 2)", 1, "元组"),
    ("x = lambda a: a", 1, "式子"),
    ("x = __import__('os')", 1, "__import__"),
    ("print((1).__class__)", 1, "式子"),
    ("x = 1 < 2 < 3 < 4", 1, "and"),
    ("print(f'{1:x}')", 1, "格式"),
    ("x = 'a' * 3", 1, "运算"),
    ("def f(", 1, "语法"),
    ("x = 1 / 0", 1, "除数"),
    ("x = " + "(" * 80 + "1" + ")" * 80 + "+ y" * 90, 1, "深"),
    ("x = y", 1, "y"),
    ("a = 1\na()", 2, "这一行"),
    ("global x", 1, "语句"),
    ("x = 1\nx.y = 2", 2, "赋值"),
    ("x, y = 1, 2", 1, "赋值"),
    ("while True:\n    pass", 2, "语句"),
    ("print('“')", 1, "引号"),
    ("with x as y:\n    print(1)", 1, "语句"),
]


@pytest.mark.parametrize(("text", "line", "part"), REFUSED, ids=[text[:20] for text, _, _ in REFUSED])
def test_what_has_no_counterpart_is_refused_with_its_line(text, line, part):
    with pytest.raises(Untranslatable) as refused:
        from_python(text)
    first = refused.value.diagnostics[0]
    assert (first.line, part in first.message) == (line, True), first.message
    assert any("\u4e00" <= character <= "\u9fff" for character in first.message)


def test_all_places_are_told_at_once():
    with pytest.raises(Untranslatable) as refused:
        from_python("import os\nx = (1, 2)\nprint(1)\ny = {1, 2}\n")
    assert [item.line for item in refused.value.diagnostics] == [1, 2, 4]
