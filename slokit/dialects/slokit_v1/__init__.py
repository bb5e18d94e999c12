"""The dialect slokit/v1, slokit's own language."""
