"""Windows and actions."""
