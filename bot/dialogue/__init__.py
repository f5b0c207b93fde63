"""Decisions: pure functions of what is known. No clock, database, network or randomness."""
