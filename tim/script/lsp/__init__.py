"""The language server of zhscript: LSP over standard input and output, for any editor that speaks it."""
