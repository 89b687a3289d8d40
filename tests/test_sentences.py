"""The sentence of a listing that is nearest to a query."""

from search.sentences import SentenceFinder, split_sentences
from tests.fakes import FakeEncoder, listing

TEXT = "We are a friendly team. You write sql every day!\n- python and numpy daily\nApply soon."


class CountingEncoder(FakeEncoder):
    """Counts what it was asked to encode."""

    def encode_document(self, texts, *, show_progress=False):
        CALLS.append(len(texts))
        return super().encode_document(texts, show_progress=show_progress)


CALLS: list[int] = []


def parts(text):
    return [text[start:end] for start, end in split_sentences(text)]


def test_sentences_end_at_marks_and_lines():
    assert parts(TEXT) == [
        "We are a friendly team.",
        "You write sql every day!",
        "- python and numpy daily",
    ]


def test_mark_inside_a_word_ends_no_sentence():
    assert parts("We use node.js 2.0 and asp.net here. Come and join us.") == [
        "We use node.js 2.0 and asp.net here.",
        "Come and join us.",
    ]


def test_text_of_crumbs_is_one_sentence():
    assert split_sentences("a. b. c.") == [(0, 8)]
    assert split_sentences("") == [(0, 0)]


def test_best_sentence_is_the_nearest_to_the_query():
    finder = SentenceFinder(FakeEncoder(("sql", "python")))
    found, parts = finder.best("python", ["sql", "python"], listing("a", TEXT, title="SQL analyst"))
    assert TEXT[slice(*found.span)] == "- python and numpy daily"
    assert found.score == 1.0
    # The title answers one part; it is never the sentence that is marked in the text.
    assert [one.span for one in parts] == [(0, 0), found.span]
    assert (
        TEXT[slice(*finder.best("sql", [], listing("b", TEXT, title="SQL analyst"))[0].span)]
        == "You write sql every day!"
    )


def test_vectors_of_a_listing_are_made_once_and_few_are_kept():
    CALLS.clear()
    finder = SentenceFinder(CountingEncoder(("sql", "python")), kept=2)
    for listing_id in ("a", "a", "b", "a", "c", "a", "b"):
        finder.best("sql", [], listing(listing_id, TEXT))
    # a, b and c are made; c pushes out b, which is made again.
    assert CALLS == [3, 3, 3, 3]
