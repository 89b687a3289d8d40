"""Languages by code."""

import re

import pycountry

ENGLISH = "en"
CODE = re.compile(r"[a-z]{2}")


def parse_languages(value: str) -> tuple[str, ...]:
    """Read `--languages`: codes such as en, de, by comma.

    Raises:
        ValueError: one is none that can be told.
    """
    codes = tuple(dict.fromkeys(code.strip().lower() for code in value.split(",") if code.strip()))
    if not codes or any(not CODE.fullmatch(code) for code in codes):
        raise ValueError(f"expected --languages as codes of ISO 639-1 by comma, such as en,de, got {value!r}")
    return codes


def language_name(code: str) -> str:
    """Return a language's English name; an unknown code as it is."""
    found = pycountry.languages.get(alpha_2=code)
    return found.name if found else code
