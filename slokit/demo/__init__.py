"""slokit on real servers of its own: what it does, shown in a few minutes."""
