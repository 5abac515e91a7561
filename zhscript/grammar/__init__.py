"""The grammar, its prepared table and the driver that runs it."""
