"""Source listings -> the corpus: cleaned, filtered, grouped."""
