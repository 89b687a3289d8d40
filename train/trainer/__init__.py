"""The training run's parts: examples, batches, loss, evaluator."""
