"""Rule files that ship with the product."""
