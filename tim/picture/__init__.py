"""Pictures of a model and of findings, made without a display."""
