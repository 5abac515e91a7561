"""A territory information model as layers of the project."""
