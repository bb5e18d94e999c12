"""How SLIs of each type are played for unit tests: one type a file."""
