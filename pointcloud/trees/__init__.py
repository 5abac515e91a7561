"""Single trees: tops and crowns in the height of the canopy."""
