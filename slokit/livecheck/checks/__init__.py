"""Checks against a live server, one question a file."""
