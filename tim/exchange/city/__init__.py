"""City objects as every three-dimensional exchange format knows them, and their place in a model's file."""
