"""The territory information model: its tables, its file, what is in it, whether it is sound."""
