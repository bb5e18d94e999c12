"""A month in the life of three clusters: simulated, back-filled, and known to the last event."""
