"""Terrain and surface rasters."""
