"""The language as written, one feature and one statement at a time: the definition that faster ways are held to."""
