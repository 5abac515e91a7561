"""Reading of vector sources and coordinate reference systems."""
