"""What every endpoint for tills and scripts shares: the key shown, strict bodies, one refusal."""
