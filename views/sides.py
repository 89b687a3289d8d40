"""The lists of a comparison, and their titles."""

from comparison.moves import Side

MODELS: tuple[Side, Side] = ("base", "tuned")
TITLES: dict[Side, str] = {"base": "Base", "tuned": "Fine-tuned"}
