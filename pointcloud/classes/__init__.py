"""Classes of points: ground, vegetation by height, buildings, water, bridges, wires, noise (ASPRS numbers, LAS 1.4)."""
