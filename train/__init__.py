"""Triplets to a tuned embedder, and what tuning did."""
