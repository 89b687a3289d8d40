"""Qdrant as the place of the vectors: a server or cluster, its local mode, or Qdrant Edge in this process."""
