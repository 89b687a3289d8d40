"""Patterns of headings and sentences, by section of a posting."""

import re
from pathlib import Path

from data.patterns import load_patterns

REQUIREMENTS, DUTIES, ABOUT, BENEFITS = "requirements", "duties", "about the company", "benefits"
EQUAL_OPPORTUNITY, OTHER = "equal opportunity", "other"

PATTERNS = load_patterns(Path(__file__).with_suffix(".toml"))


def _compile(table: str, flags: re.RegexFlag = re.NOFLAG) -> dict[str, re.Pattern[str]]:
    whole = {name: pattern.replace("{JOB_WORD}", PATTERNS["JOB_WORD"]) for name, pattern in PATTERNS[table].items()}
    return {name: re.compile(pattern, flags) for name, pattern in whole.items()}


BOILERPLATE_HEADINGS, OTHER_HEADINGS = _compile("boilerplate_headings"), _compile("other_headings")
NAMES, CUES = _compile("names"), _compile("cues", re.IGNORECASE)
