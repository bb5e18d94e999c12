"""What a user means: the reading of specs, their model, and findings about them."""
