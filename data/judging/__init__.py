"""Judging: systems' best results, graded by a language model or by people."""
