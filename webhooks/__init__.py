"""Doors to and from other systems, one folder each."""
