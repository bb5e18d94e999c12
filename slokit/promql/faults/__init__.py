"""What is wrong with a user's PromQL, and where in its text."""
