"""From sources to a model."""
