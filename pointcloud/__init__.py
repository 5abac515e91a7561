"""Points and meshes: readers, ground, classes, surfaces, buildings. Knows neither `tim` nor `zhscript`."""
