"""A seeded, synthetic town with its laser scan, its planning layers and its truth: for the demonstration and for tests.

Nothing in it is taken from a real place. The same seed gives the same arrays, byte for byte.
"""
