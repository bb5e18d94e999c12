"""Unit tests for promtool, generated: what they expect, and how they are written down.

The wing's door is ``target``. It knows the compiler's names, and the SLI classes by their
scenarios; no other room knows of it. No number that a test expects comes from the rules.
"""
