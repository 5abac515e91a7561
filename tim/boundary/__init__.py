"""Boundary points (界址点): the text files that bureaus exchange, and their tables."""
