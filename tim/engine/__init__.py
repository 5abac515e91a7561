"""The engine: worker processes, their supervision, and the JSON-RPC server that offers them."""
