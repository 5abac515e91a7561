"""Point-cloud operations, thin on top of the package `pointcloud`."""
