"""Triplets -> a tuned embedder, and the evidence of what tuning did."""
