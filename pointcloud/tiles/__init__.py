"""Any size in principle: points scattered to tiles on disk, grids on a global lattice, jobs over tiles."""
