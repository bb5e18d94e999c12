"""From what a user means to what Prometheus evaluates: specs in, rules out, no text format."""
