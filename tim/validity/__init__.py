"""Validity of geometries by ISO 19107, and repairs that do no harm."""
