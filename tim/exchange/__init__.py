"""Exchange formats."""
