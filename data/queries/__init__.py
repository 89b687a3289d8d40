"""Queries for listings: given, extracted, or written by a language model."""
