"""What adapters share of speaking with a network: requests, what answers prove, look-ups."""
