"""Which points are ground, and which are noise."""
