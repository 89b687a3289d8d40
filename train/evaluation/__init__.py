"""Systems measured against each other: metrics, intervals, the report."""
