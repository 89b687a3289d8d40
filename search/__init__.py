"""The retrieval engine: records, encoder, index, searchers, comparison and metrics."""
