"""The Processing provider: every algorithm is derived from a declaration of the engine."""
