"""A WeCom of our own: it refuses what the real one refuses and shows the same surprises."""
