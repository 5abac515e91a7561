"""Roofs of single buildings (LoD2.2): planes, ridges and steps, a partition of the footprint, a plane for each part."""
