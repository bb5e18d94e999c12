"""Cases as files: a spec in, findings or files out, each kind run by one driver."""
