"""Job listings -> queries, splits and triplets: the dataset folder."""
