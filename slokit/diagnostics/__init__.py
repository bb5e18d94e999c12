"""What slokit says about a user's files: findings, their codes and places; errors of the world."""
