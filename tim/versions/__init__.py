"""A model through time: new epochs, past states, what changed between versions."""
