"""Checks as plans over columns: what surely passes is found in bulk, the rest is looked at feature by feature.

A plan never decides differently from the interpreter: a feature that surely passes or surely does not apply is counted,
every other one is evaluated by the interpreter, which takes the measures that the plan has worked out.
"""
