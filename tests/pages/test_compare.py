"""The Compare tab's handlers, without a server."""

import dataclasses
import re
import threading

import gradio as gr
import pytest

from comparison.systems import OtherSystem, Systems
from pages.compare import (
    EXAMPLES,
    LABELS,
    NOTHING_NEW,
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


def compare_query(systems, typed, k=10, address="", **filters):
    """Return summary and columns."""
    values = {"q": typed, "k": k, **filters}
    shown = compare_typed(PageContext(systems), address, *(values.get(name) for name in WIDGETS))
    return shown.head, shown.columns


def with_bm25(systems):
    return dataclasses.replace(systems, others={"bm25": OtherSystem("BM25", lambda: LexicalSearcher(CORPUS))})


def test_compare_renders_both_lists_with_their_address(systems):
    summary, columns = compare_query(systems, "sql python", 5)
    assert "2 of 2 jobs in both lists: 1 up, 1 down" in summary
    assert 'data-address="q=sql+python&amp;k=5"' in summary
    assert columns.count('class="sl-card') == 4


def test_another_system_stands_where_the_address_has_it_and_has_its_name(systems):
    both = with_bm25(systems)
    summary, columns = compare_query(both, "sql", address="?left=bm25&right=base")
    assert re.findall(r'<h2 id="sl-\w+-heading" class="sl-said">(.*?)</h2>', columns) == ["BM25", "Base"]
    assert "BM25 has 1 job, Base 2." in summary
    assert 'data-address="q=sql&amp;left=bm25&amp;right=base"' in summary
    assert columns.count('class="sl-card') == 3


def test_system_that_is_still_being_made_gives_way_with_a_notice(systems):
    go = threading.Event()

    def make():
        assert go.wait(10)
        return LexicalSearcher(CORPUS)

    slow = dataclasses.replace(systems, others={"slow": OtherSystem("Slow", make, is_slow=True)})
    summary, columns = compare_query(slow, "sql", address="?right=slow")
    assert "Slow reads the jobs for the first time" in summary
    assert re.findall(r'data-chosen="(\w+)"', columns) == ["base", "tuned"]
    go.set()
    assert slow.searcher("slow").listing_ids == ("a", "b")
    assert 'data-chosen="slow"' in compare_query(slow, "sql", address="?right=slow")[1]


def test_unknown_system_gives_a_notice_and_the_default(systems):
    summary, columns = compare_query(systems, "sql", address="?left=bm26")
    assert "There is no system “bm26” here; it was left out." in summary
    assert 'data-chosen="base"' in columns


def test_third_list_of_an_older_address_stands_left(systems):
    columns = open_address(PageContext(with_bm25(systems)), "?q=sql&third=bm25")[-2]
    assert re.findall(r'data-chosen="(\w+)"', columns) == ["bm25", "tuned"]


def test_list_of_words_without_a_match_says_so(systems):
    assert "No listing shares a word" in compare_query(with_bm25(systems), "zebra", address="?left=bm25")[1]


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
    columns = {off: open_address(PageContext(stating), f"?q=sql+remote{off}")[-2] for off in ("", "&understand=off")}
    shown = {off: re.findall(r'data-listing="(\w+)"', html) for off, html in columns.items()}
    assert shown == {"": ["far", "near"] * 2, "&understand=off": ["near", "far"] * 2}


def test_refused_words_are_marked_neither_on_cards_nor_in_the_whole_text(stating):
    address = "?q=sql+no+python"
    columns = open_address(PageContext(stating), address + "&view=cards")[-2]
    dialog = open_listing(PageContext(stating), address, "far")
    for html in (columns, dialog):
        assert "<mark>sql</mark>" in html
        assert "<mark>python</mark>" not in html


def test_open_address_sets_the_widgets_and_compares(systems):
    context = PageContext(systems)
    *widgets, _, _, _, summary, columns, _ = open_address(context, "?q=sql&k=7&without=python&__theme=dark")
    assert widgets == ["sql", "", 7, "python"]
    assert "1 of 2 listings are ranked" in summary
    assert columns.count('class="sl-card') == 2


@pytest.mark.parametrize(("address", "held"), [("", ""), ("?k=7&understand=off", "k=7&amp;understand=off")])
def test_address_without_a_query_opens_the_example_and_stays(systems, address, held):
    *widgets, _, _, _, summary, columns, _ = open_address(PageContext(systems), address)
    assert widgets == [OPENING, "", 7 if address else 10, ""]
    assert f'data-address="{held}"' in summary
    assert columns.count('class="sl-card') == 4


def test_example_at_opening_is_compared_while_the_box_keeps_what_was_typed_by_then(systems):
    context = PageContext(systems)
    values = open_first_address(context, "?__theme=dark")
    assert values[:4] == [gr.skip()] * 4
    assert values[4:] == open_address(context, "")[4:]
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
    compact = open_address(context, "?q=sql")[-2]
    monkeypatch.setattr(CorpusSearcher, "search", lambda *_, **__: pytest.fail("ranked again"))
    cards = open_address(context, "?q=sql&view=cards")[-2]
    assert (compact.count("sl-row"), cards.count("sl-row")) == (4, 0)
    assert (compact.count("sl-excerpt"), cards.count("sl-excerpt")) == (0, 4)
    monkeypatch.undo()
    summary, columns = compare_query(systems, "python", address="?q=sql&view=cards")
    assert 'data-address="q=python&amp;view=cards"' in summary
    assert columns.count("sl-excerpt") == 4


def test_models_are_called_by_their_labels_where_they_have_one(systems):
    columns = open_address(PageContext(systems, {"tuned": "fine-tuned on 9 listings"}), "?q=sql")[-2]
    assert re.findall(r'<span class="sl-model" title="(.*?)">', columns) == ["fake", "fine-tuned on 9 listings"]


def test_narrow_compares_what_the_widgets_hold_once_the_filter_is_another(systems):
    context = PageContext(systems)
    stale = ["sql", "", 10, None]
    assert narrow(context, "without", "?q=sql&left=tuned", *stale) == NOTHING_NEW
    assert narrow(context, "location", "?q=sql&without=python", *stale) == NOTHING_NEW
    shown = narrow(context, "without", "?q=sql", "sql", "", 7, " python ")
    assert 'data-address="q=sql&amp;k=7&amp;without=python"' in shown.head
    assert shown.columns.count('class="sl-card') == 2


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
        columns = open_address(PageContext(both), f"?q=sql{view}")[-2]
        assert columns.count("This model read the first 3 of 8 tokens.") == 1


def test_row_has_the_corpus_levels_and_remote_and_the_filters_the_rest(stating):
    *_, row, more, understood, _, _, _ = open_address(PageContext(stating), "?q=sql&mode=remote")
    assert re.findall(r'data-choose="(\w+)" data-chosen="(\w*)"', row) == [("seniority", ""), ("mode", "on")]
    assert re.findall(r'data-choose="(\w+)" data-chosen="(\w*)"', more) == [("family", ""), ("mode", "remote")]
    assert 'aria-label="remove the filter: remote"' in understood


def test_corpus_without_remote_work_has_no_box_for_it(systems):
    assert "checkbox" not in open_address(PageContext(systems), "?q=sql")[4]


def test_query_that_no_model_finds_close_is_told_so(stating):
    """No fake has the keyword "zebra": its vector is that of no word, which no listing of these has."""
    assert "No close match" in compare_query(stating, "zebra")[0]
    assert "No close match" not in compare_query(stating, "sql")[0]


def test_query_in_another_language_is_told_so_and_ranked(systems):
    summary, columns = compare_query(systems, "ich suche eine Stelle mit sql und Python in Berlin")
    assert "does not look like English" in summary
    assert columns.count('class="sl-card') == 4


def test_query_in_a_language_of_the_listings_is_not_told_to_be_foreign(systems):
    context = PageContext(systems, languages=("de", "en"))
    said = {
        query: compare_typed(context, "", query, "", 10, "").head
        for query in (
            "ich suche eine Stelle mit sql und Python in Berlin",
            "je cherche un poste de sql et python à Paris",
        )
    }
    german, french = said.values()
    assert "does not look like" not in german
    assert "does not look like German or English" in french


def test_dialog_answers_place_by_facts_and_the_rest_by_sentences_of_the_systems_chosen():
    text = "You write sql for reports. You write python for models."
    corpus = [listing("a", text, title="Analyst", work_mode="on-site", location="Berlin, Germany")]
    listings = {"a": corpus[0]}
    words = OtherSystem("BM25", lambda: LexicalSearcher(corpus))
    context = PageContext(Systems(*[searcher(("sql", "python", "analyst"), corpus)] * 2, listings, {"bm25": words}))
    html = open_listing(context, "?q=python, kafka, remote, Berlin&left=bm25", "a")
    rows = [
        re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", row)).strip() for row in re.findall(r"<tr>(.*?)</tr>", html, re.S)
    ]
    assert rows == [
        "You asked for BM25 finds Fine-tuned finds",
        "remote ✕ Does not fit: on-site",
        "Berlin ✓ Fits: Berlin, Germany",
        "python You write python for models. 1.000 You write python for models. 1.000",
        "kafka not found not found",
    ]
