"""Proofs with a real promtool and a real Prometheus: what slokit's rules record is right."""
