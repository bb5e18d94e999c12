"""Specs loaded and compiled, and what is asked of the result."""
