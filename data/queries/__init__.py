"""Queries for listings: given, extracted, or from a language model."""
