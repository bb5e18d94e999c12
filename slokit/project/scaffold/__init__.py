"""What `slokit init` writes: a bundle file, a first spec that works anywhere, a CI job."""
