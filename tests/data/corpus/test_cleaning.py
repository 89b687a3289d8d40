"""Cleaning: examples by hand, and properties of any text."""

import itertools
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.corpus.cleaning import clean_and_mask, clean_text, mask_contacts
from data.corpus.pipeline import MAX_CHARACTERS
from data.corpus.sections import cut_sections, split_sections

# Pieces that cleaning looks for, to be put together in any order with anything between them.
PIECES = st.sampled_from(
    [
        "<p>", "</p>", "<o:p>", "<center>", "<ul><li>", "</li>", "<br/>", "<script>alert(1)</script>", "<!-- x", "-->",
        "&lt;b&gt;", "&amp;lt;i&amp;gt;",
        "&#60;script&#62;", "<img src=x onerror='a'>", "&nbsp;", "&", "<", ">", "\\-", "\\\\", "**", "__", "* ", "• ",
        "·", "- ", "\n", "\n\n",
        "\r\n", "\u2028", "\x00", "\ufeff", " ", ". ", ".", ":", "! ", "We are hiring", "models.You",
        "processingDesign", "Do:Build",
        "About us", "About us:", "Who we are\n", "Benefits:", "What we offer", "Requirements:", "Qualifications",
        "QualificationsBachelor's degree",
        "Equal Opportunity", "Acme is an equal opportunity employer.", "5 years of experience with Python.",
        "401(k) and dental insurance.",
        "Founded in 1990.", "You will build pipelines.", "Job Type: Full-time", "me@example.com", "+1 415 555 2671",
        "List<String>",
    ]
)  # fmt: skip
# Not the pattern of the code under test: whatever a browser would take for an element.
ANY_TAG = re.compile(r"</?(?:p|ul|li|br|script|b|i|img|o:p|center)(?:\s[^<>]*=[^<>]*)?\s*/?>|<!--", re.IGNORECASE)
POSTINGS = st.lists(PIECES | st.text(max_size=12), max_size=24).map("".join)


@given(POSTINGS)
def test_clean_text_is_idempotent_and_leaves_no_tag(text):
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert not ANY_TAG.search(cleaned)


@pytest.mark.parametrize(
    "tag", ["center", "button", "o:p", "mark", "figure", "h3", 'a href="' + "x" * 900 + '"', "!DOCTYPE html"]
)
def test_clean_text_knows_the_tags_of_scraped_files(tag):
    assert clean_text(f"one <{tag}>two") in ("one two", "one\ntwo")


@pytest.mark.parametrize("text", ["a<b and c>d", "List<String> or <100 ms", "if x <y then z> w"])
def test_clean_text_leaves_what_is_no_tag(text):
    assert clean_text(text) == text


def test_clean_text_script_that_is_never_closed_hides_nothing():
    assert clean_text("<script>one <p>two") == "one\ntwo"


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    ["&amp;", "amp;", "_", "*", "Benefits: Requirements: ", "<p>", "<li>", "<div><b>", "<!--", "+1 (555) 123-4567;",
     "a", "a@", "a.",
     " ", "\n ", "- ", "A: ", "1", "<", "<a ", "<a b=", "\\*", "Is a b. ", "About us:\n", "<script>", "is a leading "],
)  # fmt: skip
def test_cleaning_a_hostile_text_takes_seconds_at_most(piece):
    """The longest text that is cleaned, made of one piece: nothing may take quadratic time to speak of."""
    text = "&" + piece * (MAX_CHARACTERS // len(piece))
    started = time.process_time()
    cut_sections(clean_and_mask(text))
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    "text",
    ["jane&#64;acme.com", "jane<b>@</b>acme.com", "jobs\u200b@acme.com", "jobs@Acme.Com", "jane [at] acme [dot] com",
     "a@b.com@c.com",
     "(212)&nbsp;736-5000", "212-<b>736</b>-5000", "+44 20 7946 0958"],
)  # fmt: skip
def test_clean_and_mask_finds_contacts_behind_markup(text):
    assert clean_and_mask(f"Write to {text} now") in ("Write to [email] now", "Write to [phone] now")


@given(POSTINGS)
def test_cut_is_idempotent_and_only_cuts(text):
    cleaned = clean_text(text)
    cut = cut_sections(cleaned).text
    assert cut_sections(cut).text == cut
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
