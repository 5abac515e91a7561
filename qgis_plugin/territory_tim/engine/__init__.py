"""The conversation with the engine. Nothing here knows layers, windows or Processing."""
