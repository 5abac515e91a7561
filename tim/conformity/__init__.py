"""三线与规划符合性: overlaps among control lines, projects inside and outside, changes between versions."""
