"""Points to files: LAS, LAZ, EPT, PLY, XYZ."""
