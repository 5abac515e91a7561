"""Compiles checked programs to Python's `ast` with the places of the .zh text, verifies the tree and runs it.

What it does not cover runs in the interpreter, which defines the language.
"""
