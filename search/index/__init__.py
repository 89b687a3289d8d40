"""Vectors of a corpus: built, compressed, kept on disk, scored."""
