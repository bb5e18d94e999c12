"""Samples: written as blocks, recorded by rules, scraped, read back."""
