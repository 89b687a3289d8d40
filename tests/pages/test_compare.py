"""The Compare tab's handlers, without a server."""

import dataclasses
import re

import gradio as gr
import pytest

from comparison.systems import Systems
from pages.compare import (
    EXAMPLES,
    LABELS,
    OPENING,
    WIDGETS,
    compare_typed,
    narrow,
    open_address,
    open_first_address,
    open_listing,
)
from pages.context import PageContext
from search.index.vectors import build_indexes
from search.lexical import LexicalSearcher
from search.scoring import LATE_INTERACTION, SCORINGS
from search.searcher import CorpusSearcher, DenseSearcher
from tests.comparison.counting import CountingEncoder
from tests.comparison.test_systems import CORPUS
from tests.fakes import FakeEncoder, listing, searcher


def compare_query(systems, typed, k=10, third="None", address="", **filters):
    """Return summary and columns."""
    values = {"q": typed, "k": k, "third": third, "family": "Any", **filters}
    return compare_typed(PageContext(systems), address, *(values.get(name) for name in WIDGETS))[1:]


def test_compare_renders_both_lists_with_their_address(systems):
    summary, columns = compare_query(systems, "sql python", 5)
    assert "2 of 2 jobs in both lists: 1 up, 1 down" in summary
    assert 'data-address="q=sql+python&amp;k=5"' in summary
    assert columns.count('class="sl-card') == 4


def test_compare_with_an_extra_list_renders_three(systems):
    both = dataclasses.replace(systems, extras={"BM25": LexicalSearcher(CORPUS)})
    columns = compare_query(both, "sql", third="BM25")[1]
    assert columns.count('class="sl-card') == 5
    assert columns.count("<section") == 3
    summary, columns = compare_query(both, "sql", third="other")
    assert "There is no extra list “other” here" in summary
    assert columns.count("<section") == 2


def test_compare_extra_list_without_a_match_says_so(systems):
    both = dataclasses.replace(systems, extras={"BM25": LexicalSearcher(CORPUS)})
    assert "No listing shares a word" in compare_query(both, "zebra", third="BM25")[1]


def test_compare_with_filters_says_how_many_listings_pass(systems):
    summary, columns = compare_query(systems, "sql", without="python")
    assert "without “python” (1 left out): 1 of 2 listings are ranked" in summary
    assert '<a class="sl-link" href="?q=sql">Clear filters</a>' in summary
    assert columns.count('class="sl-card') == 2


def test_compare_with_filters_that_leave_nothing_says_what_to_do(systems):
    summary, columns = compare_query(systems, "sql", location="nowhere")
    assert "No listing passes these filters</b>: in “nowhere”." in summary
    assert '<a class="sl-link" href="?q=sql">Rank all listings instead</a>' in summary
    assert columns == ""


REMOTE = "?q=sql%2C+remote&must=work_mode:remote"


def test_required_statement_is_a_filter_and_is_told(stating):
    summary, columns = compare_query(stating, "sql, remote", address=REMOTE)
    assert "only remote: 1 of 2 listings are ranked" in summary
    assert '<a class="sl-link" href="?q=sql%2C+remote">Clear filters</a>' in summary
    assert columns.count('data-listing="far"') == columns.count('class="sl-card') == 2


def test_required_statement_that_leaves_nothing_can_be_dropped(stating):
    summary, columns = compare_query(stating, "sql, hybrid", address="?q=sql%2C+hybrid&must=work_mode:hybrid")
    assert "No listing passes these filters</b>: only hybrid." in summary
    assert '<a class="sl-link" href="?q=sql%2C+hybrid">Rank all listings instead</a>' in summary
    assert columns == ""


@pytest.mark.parametrize(
    ("typed", "address", "kept"),
    [
        ("sql, remote", REMOTE, "q=sql%2C+remote&amp;must=work_mode%3Aremote"),
        ("sql", REMOTE, "q=sql"),
        ("sql", REMOTE + "&understand=off", "q=sql&amp;understand=off"),
        ("sql", "?q=sql%2C+remote&ignore=work_mode:remote", "q=sql"),
        ("sql, remote", REMOTE + "&ignore=work_mode:remote", "q=sql%2C+remote&amp;ignore=work_mode%3Aremote"),
        ("remote", "?q=remote&ignore=place:atlantis&must=x;;%00", "q=remote"),
    ],
)
def test_typed_query_keeps_of_the_address_what_it_states_itself(stating, typed, address, kept):
    assert f'data-address="{kept}"' in compare_query(stating, typed, address=address)[0]


def test_listening_ranks_what_contradicts_lower_for_both_models(stating):
    """On site instead of remote costs 0.1, and the other's cosine is 0.05 less."""
    columns = {off: open_address(PageContext(stating), f"?q=sql+remote{off}")[-1] for off in ("", "&understand=off")}
    shown = {off: re.findall(r'data-listing="(\w+)"', html) for off, html in columns.items()}
    assert shown == {"": ["far", "near"] * 2, "&understand=off": ["near", "far"] * 2}


def test_refused_words_are_marked_neither_on_cards_nor_in_the_whole_text(stating):
    address = "?q=sql+no+python"
    columns = open_address(PageContext(stating), address + "&view=cards")[-1]
    dialog = open_listing(PageContext(stating), address, "far")
    for html in (columns, dialog):
        assert "<mark>sql</mark>" in html
        assert "<mark>python</mark>" not in html


def test_open_address_sets_the_widgets_and_compares(systems):
    context = PageContext(systems)
    *widgets, _, summary, columns = open_address(context, "?q=sql&k=7&without=python&__theme=dark")
    assert widgets == ["sql", 7, "Any", "Any", "Any", "", "python", "None"]
    assert "1 of 2 listings are ranked" in summary
    assert columns.count('class="sl-card') == 2


@pytest.mark.parametrize(("address", "held"), [("", ""), ("?k=7&understand=off", "k=7&amp;understand=off")])
def test_address_without_a_query_opens_the_example_and_stays(systems, address, held):
    *widgets, _, summary, columns = open_address(PageContext(systems), address)
    assert widgets == [OPENING, 7 if address else 10, "Any", "Any", "Any", "", "", "None"]
    assert f'data-address="{held}"' in summary
    assert columns.count('class="sl-card') == 4


def test_example_at_opening_is_compared_while_the_box_keeps_what_was_typed_by_then(systems):
    context = PageContext(systems)
    *widgets, understood, summary, columns = open_first_address(context, "?__theme=dark")
    assert widgets == [gr.skip()] * 8
    assert [understood, summary, columns] == open_address(context, "")[8:]
    assert open_first_address(context, "?q=sql")[0] == "sql"


def test_chip_of_the_opening_example_makes_its_filter(stating):
    """The address has no query yet when the chip is clicked."""
    typed = "sql, remote"
    summary = compare_query(stating, typed, address="?must=work_mode:remote")[0]
    assert 'data-address="q=sql%2C+remote&amp;must=work_mode%3Aremote"' in summary


def test_listing_of_the_opening_example_opens(systems):
    assert "<b>Fine-tuned</b>, rank 1: best sentence" in open_listing(PageContext(systems), "", "b")


def test_view_stays_in_the_address_and_compares_nothing_anew(systems, monkeypatch):
    context = PageContext(systems)
    compact = open_address(context, "?q=sql")[-1]
    monkeypatch.setattr(CorpusSearcher, "search", lambda *_, **__: pytest.fail("ranked again"))
    cards = open_address(context, "?q=sql&view=cards")[-1]
    assert (compact.count("sl-row"), cards.count("sl-row")) == (4, 0)
    assert (compact.count("sl-excerpt"), cards.count("sl-excerpt")) == (0, 4)
    monkeypatch.undo()
    summary, columns = compare_query(systems, "python", address="?q=sql&view=cards")
    assert 'data-address="q=python&amp;view=cards"' in summary
    assert columns.count("sl-excerpt") == 4


def test_models_are_called_by_their_labels_where_they_have_one(systems):
    columns = open_address(PageContext(systems, {"tuned": "fine-tuned on 9 listings"}), "?q=sql")[-1]
    assert re.findall(r'<span class="sl-model" title="(.*?)">', columns) == ["fake", "fine-tuned on 9 listings"]


def test_narrow_compares_what_the_widgets_hold_once_the_filter_is_another(systems):
    context = PageContext(systems)
    stale = ["sql", 10, "Any", "Any", "Any", "", None, "None"]
    assert narrow(context, "without", "?q=sql&third=bm25", *stale) == (gr.skip(), gr.skip(), gr.skip())
    assert narrow(context, "location", "?q=sql&without=python", *stale) == (gr.skip(), gr.skip(), gr.skip())
    _, summary, columns = narrow(context, "without", "?q=sql", "sql", 7, "Any", "Any", "Any", "", " python ", "None")
    assert 'data-address="q=sql&amp;k=7&amp;without=python"' in summary
    assert columns.count('class="sl-card') == 2


def test_open_listing_marks_each_systems_best_sentence():
    text = "You write sql for reports. You write python for models."
    corpus = [listing("a", text, title="Analyst")]
    context = PageContext(
        Systems(searcher(("sql",), corpus, "1"), searcher(("python",), corpus, "2"), {"a": corpus[0]})
    )
    dialog = open_listing(context, "?q=sql+python", "a")
    assert 'sl-sentence-base" title="Best sentence: Base">You write <mark>sql</mark> for reports.' in dialog
    assert 'sl-sentence-tuned" title="Best sentence: Fine-tuned">You write <mark>python</mark> for models.' in dialog
    assert "<b>Fine-tuned</b>, rank 1: best sentence 1.000" in dialog
    with pytest.raises(gr.Error, match="got 'other'; search again"):
        open_listing(context, "?q=sql", "other")


@pytest.mark.parametrize("scoring", SCORINGS)
def test_open_listing_ranks_nothing_and_encodes_nothing_again(scoring, monkeypatch):
    """By late interaction a click encodes nothing at all, else the first click does: sentences and facets."""
    corpus = [listing("a", "You write sql for reports. You write python for models."), listing("b", "python")]
    encoders = [CountingEncoder(FakeEncoder((word,), word)) for word in ("sql", "python")]
    base, tuned = (DenseSearcher(one, *build_indexes(one, corpus, scoring=scoring)) for one in encoders)
    context = PageContext(Systems(base, tuned, {one.listing_id: one for one in corpus}))
    open_address(context, "?q=sql+and+python")
    monkeypatch.setattr(CorpusSearcher, "search", lambda *_, **__: pytest.fail("ranked again"))
    for number_of_clicks in (1, 2):
        if number_of_clicks == 2 or scoring == LATE_INTERACTION:
            for encoder in encoders:
                encoder.calls.clear()
        assert "best sentence" in open_listing(context, "?q=sql+and+python", "a")
    assert [encoder.calls for encoder in encoders] == [[], []]


def test_first_example_has_typing_errors_and_says_so():
    assert EXAMPLES[0] == "data scientis 6 years expierience, LLMs, credit risk, content marketing"
    assert LABELS[0] == f"{EXAMPLES[0]} (with typos)"
    assert LABELS[1:] == EXAMPLES[1:]


def test_typed_any_and_none_are_queries(systems):
    assert 'data-address="q=Any' in compare_query(systems, "Any")[0]
    assert 'data-address="q=None' in compare_query(systems, "None")[0]


@pytest.mark.parametrize("typed", ["", "  \n", None])
def test_compare_query_empty_asks_for_a_query(systems, typed):
    summary, columns = compare_query(systems, typed, 10)
    assert "Type your skills" in summary
    assert columns == ""


def test_compare_query_very_long_is_cut_with_a_notice(systems):
    summary, columns = compare_query(systems, "sql " * 12_500, 2)
    assert "the first 2,000 were searched for" in summary
    assert columns.count('class="sl-card') == 4


def test_compare_k_of_zero_is_put_right_with_a_line(systems):
    assert "goes from 5 to 25; 5 are shown" in compare_query(systems, "sql", 0)[0]


def test_compare_says_where_a_model_read_only_the_beginning():
    """The model reads 3 tokens of 8; the fake's words are its tokens."""
    corpus = [listing("a", "sql python and much more of it all")]
    encoder = FakeEncoder(("sql",), max_tokens=3)
    cut = DenseSearcher(encoder, *build_indexes(encoder, corpus, scoring="first"))
    both = Systems(cut, searcher(("sql",), corpus, "2"), {"a": corpus[0]})
    for view in ("", "&view=cards"):
        columns = open_address(PageContext(both), f"?q=sql{view}")[-1]
        assert columns.count("This model read the first 3 of 8 tokens.") == 1
