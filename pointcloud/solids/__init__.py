"""Solids as lists of planar faces: measures, soundness, and roofs extruded over a partition of a footprint."""
