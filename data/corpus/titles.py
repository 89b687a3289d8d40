"""The title filter: which occupations are kept, and the family of each listing."""

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
# Listings of no family, where all are kept.
OTHER_FAMILY = "other"


def parse_titles(value: str) -> tuple[tuple[str, ...], bool]:
    """Read `--titles`: comma-separated families, or `all` to keep other occupations too.

    Returns:
        The families in order of precedence, and whether listings of no family are kept.

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
    """Return the first family, in the order given, that the title names as whole words."""
    for family in families:
        if re.search(rf"(?<!\w){re.escape(family)}(?!\w)", title, re.IGNORECASE):
            return family
    return None
