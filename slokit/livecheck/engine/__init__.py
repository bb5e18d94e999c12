"""What all live checks share: the context, batches of queries, and how findings name things."""
