"""What a query states, and which listings contradict it."""
