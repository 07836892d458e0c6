"""Measures the program on a shop of made-up orders: `seed` fills it, `server` runs it, `client` and `work` press on it."""
