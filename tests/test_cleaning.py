"""Cleaning: examples by hand, and properties of any text."""

import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from data.cleaning import TAG, clean_text, mask_contacts
from data.sections import cut_boilerplate, split_sections

# Pieces that cleaning looks for, to be put together in any order with anything between them.
PIECES = st.sampled_from(
    [
        "<p>", "</p>", "<ul><li>", "</li>", "<br/>", "<script>alert(1)</script>", "<!-- x", "-->", "&lt;b&gt;", "&amp;lt;i&amp;gt;",
        "&#60;script&#62;", "<img src=x onerror='a'>", "&nbsp;", "&", "<", ">", "\\-", "\\\\", "**", "__", "* ", "• ", "·", "- ", "\n", "\n\n",
        "\r\n", "\u2028", "\x00", "\ufeff", " ", ". ", ".", ":", "! ", "We are hiring", "models.You", "processingDesign", "Do:Build",
        "About us", "About us:", "Who we are\n", "Benefits:", "What we offer", "Requirements:", "Qualifications", "QualificationsBachelor's degree",
        "Equal Opportunity", "Acme is an equal opportunity employer.", "5 years of experience with Python.", "401(k) and dental insurance.",
        "Founded in 1990.", "You will build pipelines.", "Job Type: Full-time", "me@example.com", "+1 415 555 2671", "List<String>",
    ]
)  # fmt: skip
POSTINGS = st.lists(PIECES | st.text(max_size=12), max_size=24).map("".join)


@given(POSTINGS)
def test_clean_text_is_idempotent_and_leaves_no_tag(text):
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert not TAG.search(cleaned)
    assert not re.search("<script", cleaned, re.IGNORECASE)


@given(POSTINGS)
def test_cut_boilerplate_is_idempotent_and_only_cuts(text):
    cleaned = clean_text(text)
    cut = cut_boilerplate(cleaned)
    assert cut_boilerplate(cut) == cut
    assert len(cut) <= len(cleaned)
    assert clean_text(cut) == cut
    assert set(cut.split()) <= set(cleaned.split())


@given(POSTINGS)
def test_split_sections_covers_the_text_in_order(text):
    cleaned = clean_text(text)
    parts = list(split_sections(cleaned))
    assert all(before.end <= after.start for before, after in itertools.pairwise(parts))
    covered = "".join(cleaned[part.start : part.end] for part in parts)
    assert re.sub(r"\s", "", covered) == re.sub(r"\s", "", cleaned)


@given(POSTINGS)
def test_mask_contacts_is_idempotent(text):
    masked = mask_contacts(text)
    assert mask_contacts(masked) == masked
