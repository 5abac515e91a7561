"""压占分析: what lies under projects, by layer and class, with areas that add up exactly."""
