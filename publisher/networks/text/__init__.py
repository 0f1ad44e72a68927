"""What adapters share of composing and comparing texts; pure."""
