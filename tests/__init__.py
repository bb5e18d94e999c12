"""The tests of slokit; `tests.support` holds the real servers they run against."""
