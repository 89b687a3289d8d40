"""Which words are marked, and what an excerpt shows."""

import random
import time

import pytest

from search.lexical import stem_words
from views.words import _find_densest, excerpt, find_words, mark_words, query_words


def test_query_words_leave_out_common_words_and_single_letters_but_names():
    assert query_words("I have a Plan with R and C++ or C#") == {"have", "plan", "r", "c++", "c#"}


@pytest.mark.parametrize(
    ("word", "forms", "others"),
    [
        ("excel", "Excel excels excelled", "excellent Excellence"),
        ("pricing", "prices priced price", "pricey"),
        ("model", "models modelling modelled modeled", "modeller"),
        ("analysis", "analysis Analysis", "analytic"),
        ("study", "studies studied studying", "studio"),
        ("run", "running runs", "runner"),
        ("sql", "SQL", "MySQL"),
    ],
)
def test_whole_words_and_their_forms_are_marked_and_nothing_else(word, forms, others):
    marked = mark_words(f"{forms} {others}", query_words(word))
    assert marked == " ".join([*(f"<mark>{form}</mark>" for form in forms.split()), others])


@pytest.mark.parametrize(
    "query",
    [
        "I want a job with modelling, A/B tests, and 3+ years",
        "this is not what they will be",
        "node.js, CI/CD, x_y and b2b; c++11",
        "Århus, naïve Bayes, 数据 и данные",
    ],
)
def test_marked_words_are_those_that_bm25_matches(query):
    """But for those that share a stem and are another word, of which there are none here."""
    stems = set(stem_words([query])[0])
    text = "This job will want modelled tests: 10+ years of Node.js, A/B testing, c++11, naïve B2B in Århus. " + query
    marked = [stem for _, stem in find_words(text, query_words(query))]
    assert marked == [stem for stem in stem_words([text])[0] if stem in stems]


def test_single_letters_that_name_a_language_are_marked():
    stems = query_words("R, C++ or C#")
    assert mark_words("r, c++; C#. Rust, b++, c", stems) == (
        "<mark>r</mark>, <mark>c++</mark>; <mark>C#</mark>. Rust, b++, c"
    )


def test_mark_words_marks_forms_and_escapes_the_rest():
    assert (
        mark_words("Models & <b>more</b>", query_words("modelling"))
        == "<mark>Models</mark> &amp; &lt;b&gt;more&lt;/b&gt;"
    )


def test_excerpt_starts_near_the_most_query_words():
    text = "intro " * 60 + "we do credit risk here" + " outro" * 60
    shown = excerpt(text, query_words("credit risk"), characters=80)
    assert "credit risk" in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) <= 84


def test_excerpt_without_a_match_is_the_beginning():
    assert excerpt("one two three four", frozenset({"zzz"}), characters=9) == "one two …"
    assert excerpt("short", frozenset()) == "short"


def test_densest_stretch_is_the_first_with_the_most_different_stems():
    """Against the count of all words for each start, which takes the square of the time."""
    draw = random.Random(0)
    for _ in range(200):
        found = [(place, draw.choice("abcdef")) for place in sorted(draw.sample(range(600), draw.randint(0, 60)))]
        counts = [len({stem for at, stem in found if start <= at < start + 150}) for start, _ in found]
        expected = found[counts.index(max(counts))][0] if found else 0
        assert _find_densest(found, 150) == expected


def test_long_text_of_query_words_is_cut_in_a_moment():
    """The count of all words for each start would take minutes."""
    text = "alpha beta gamma delta " * 20_000
    started = time.perf_counter()
    assert excerpt(text, query_words("alpha beta gamma delta")).startswith("alpha beta")
    assert time.perf_counter() - started < 20
