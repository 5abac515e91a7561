"""VCT 3.0, the exchange format of the land survey: text with points, lines, polygons of signed lines, attributes."""
