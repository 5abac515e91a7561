"""Source text that translations to Python bring along; never imported."""
