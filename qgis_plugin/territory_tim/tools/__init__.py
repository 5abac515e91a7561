"""Tools that are written in the language: found in folders, shown as forms, run by the engine."""
