"""The title filter: which occupations stay, and their families."""

import re
from collections.abc import Sequence

FAMILIES = (
    "Data Scientist",
    "Data Analyst",
    "Machine Learning Engineer",
    "Data Engineer",
    "AI Engineer",
    "Deep Learning",
)
ALL_TITLES = "all"
# Listings of no family, where all stay.
OTHER_FAMILY = "other"


def parse_titles(value: str) -> tuple[tuple[str, ...], bool]:
    """Read `--titles`: families by precedence, whether others stay too.

    Raises:
        ValueError: no family is named.
    """
    if value.strip().lower() == ALL_TITLES:
        return FAMILIES, True
    families = tuple(name.strip() for name in value.split(",") if name.strip())
    if not families:
        raise ValueError(f"expected titles separated by commas, or {ALL_TITLES!r}, got {value!r}")
    return families, False


def find_family(title: str, families: Sequence[str] = FAMILIES) -> str | None:
    """Return the first family that a title names."""
    named = (name for name in families if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", title, re.IGNORECASE))
    return next(named, None)
