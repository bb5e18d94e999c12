"""What the pages of docs/reference/ say that the program knows about itself."""
