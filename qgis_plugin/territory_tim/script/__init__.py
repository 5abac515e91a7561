"""The script editor: files, highlighting, diagnostics, completion, running."""
