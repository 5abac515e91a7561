"""Meshes of real-scene 3D: what is in them, other formats, surfaces, points, single buildings."""
