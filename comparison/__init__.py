"""Comparing two rankings of one corpus: systems, moves, filters, map."""
