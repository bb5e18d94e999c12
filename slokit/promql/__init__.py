"""PromQL: read the user's text, compose slokit's own. Nobody else does either."""
