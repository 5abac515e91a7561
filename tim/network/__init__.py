"""Road networks: travel times, service areas and how well facilities cover what they serve."""
