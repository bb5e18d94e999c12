"""Real servers on loopback, and small ones of a test's own."""
