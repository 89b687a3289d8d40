"""Texts -> vectors: models, passages, token vectors."""
