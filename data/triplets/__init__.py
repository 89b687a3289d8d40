"""Queries and corpus -> triplets with negatives."""
