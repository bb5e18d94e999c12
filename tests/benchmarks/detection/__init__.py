"""How well alerts detect incidents: fixed shapes, random ones by seed, and what is measured."""
