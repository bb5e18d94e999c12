"""What a user means, as values: SLOs, windows, alert policies, the ledger, the bundle."""
