"""Where a model lives: one GeoPackage, or a schema of a PostGIS database. The same tables, the same statements."""

from __future__ import annotations

from tim.store.base import Layer, Rows, Store
from tim.store.opening import is_address, open_store

__all__ = ["Layer", "Rows", "Store", "is_address", "open_store"]
