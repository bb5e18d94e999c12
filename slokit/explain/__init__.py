"""One SLO, explained: its formulas with its own values in them, and what they mean in words."""
