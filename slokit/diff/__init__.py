"""What changes in meaning between two states of a bundle."""
