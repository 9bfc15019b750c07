"""What the ledger can do, one verb a function."""
