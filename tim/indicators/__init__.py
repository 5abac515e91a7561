"""Indicators of spatial plans: a catalogue of formulas, their figures down to the features, warnings and history."""
