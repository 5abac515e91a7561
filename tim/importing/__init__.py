"""Import of foreign data into a model: city models, vector layers, elevation rasters."""
