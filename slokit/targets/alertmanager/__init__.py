"""Alertmanager's configuration: as its own file, or as an object of the Prometheus operator."""
