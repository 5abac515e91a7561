"""Territory Information Model: entities, codes, relations, store, analysis, and the engine that serves them."""

__version__ = "0.1.0"
