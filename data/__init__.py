"""Job listings -> queries, triplets and splits: the dataset folder and how it is made."""
