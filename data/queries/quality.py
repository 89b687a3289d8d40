"""What makes a generated query unfit: faults, counted by name."""

import re

from search.records import Listing

MIN_WORDS, MAX_WORDS = 2, 40
# So many words in a row that also stand in the listing are copied, not asked.
COPIED_WORDS = 8
ECHO = re.compile(
    r"\b(?:job )?search quer(?:y|ies)\b|\bas an ai\b|\blanguage model\b|\bthis (?:job )?(?:posting|listing)\b|"
    r"\bhere (?:is|are)\b|\bthe (?:job )?posting\b|\bjson\b|<<<|>>>|[{}\[\]]|\bplain wish\b|"
    r"^(?:skills|profile|wish|query \d+|style)\s*:|\[?\b(?:style|query)\b\s*\d*:",
    re.IGNORECASE,
)
LEGAL_FORM = re.compile(
    r"\b(?:inc|llc|ltd|gmbh|corp|corporation|co|plc|limited|company|group|ag|sa|bv)\b\.?|[,.()]", re.IGNORECASE
)


def find_fault(text: str, listing: Listing) -> str | None:
    """Return a generated query's first fault, None if it fits.

    Faults: empty, too_short, too_long, prompt_echo, company_name, copied.
    """
    words = _words(text)
    if not words:
        return "empty"
    if ECHO.search(text):
        return "prompt_echo"
    if len(words) > MAX_WORDS:
        return "too_long"
    if len(words) < MIN_WORDS:
        return "too_short"
    if _names_company(words, listing):
        return "company_name"
    return "copied" if _copied(words, _words(listing.document)) else None


def _words(text: str) -> list[str]:
    return re.findall(r"[\w+#]+", text.lower())


def _names_company(words: list[str], listing: Listing) -> bool:
    name = _words(LEGAL_FORM.sub(" ", listing.company))
    # Scraped files hold the title again where the company should be.
    if not name or set(name) <= set(_words(listing.title)):
        return False
    return f" {' '.join(name)} " in f" {' '.join(words)} "


def _copied(words: list[str], source: list[str]) -> bool:
    text = f" {' '.join(source)} "
    last = len(words) - COPIED_WORDS + 1
    return any(f" {' '.join(words[start : start + COPIED_WORDS])} " in text for start in range(last))
