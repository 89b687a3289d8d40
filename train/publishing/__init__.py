"""The model card, and the Space's repository."""
