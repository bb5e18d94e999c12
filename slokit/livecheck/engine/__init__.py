"""What all live checks share: the context, batches of queries, similar names."""
