"""Judged queries: what people want, graded results, who graded them."""
