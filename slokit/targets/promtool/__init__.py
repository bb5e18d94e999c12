"""Unit tests for promtool: what they claim, and how they are written down."""
