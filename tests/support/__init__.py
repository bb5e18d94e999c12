"""Real servers and real tools for the tests, one subject a module."""
