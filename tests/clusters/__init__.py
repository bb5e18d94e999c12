"""Real clusters on loopback, with faults, watched by Prometheus and by the tests themselves."""
