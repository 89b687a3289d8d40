"""app.py without a server: handlers, and what stops it from starting."""

import dataclasses
import json
import socket
from types import SimpleNamespace

import gradio as gr
import pytest

import app
from comparison.systems import Systems
from pages.compare import NAMES, compare_typed, narrow, open_address, open_first_address, open_listing
from pages.config import check_port_free
from pages.context import build_context
from pages.loading import fetch_index, load_report, load_weight
from search.cli import run_command
from search.hybrid import DEFAULT_WEIGHT, hybrid_fingerprint
from search.index.storage import save_index
from search.index.vectors import build_index
from search.lexical import LexicalSearcher
from search.searcher import DenseSearcher
from tests.fakes import FakeEncoder, listing, searcher

CORPUS = [listing("a", "sql"), listing("b", "python")]


@pytest.fixture
def systems():
    return Systems(
        searcher(("sql",), CORPUS, "one"),
        searcher(("python",), CORPUS, "two"),
        "base",
        "tuned",
        {one.listing_id: one for one in CORPUS},
    )


def compare_query(systems, typed, k=10, third="None", **filters):
    values = {"q": typed, "k": k, "third": third, "family": "Any", **filters}
    return compare_typed(build_context(systems), *(values.get(name) for name in NAMES))


def test_compare_renders_both_lists_with_their_address(systems):
    summary, columns = compare_query(systems, "sql python", 5)
    assert "overlap@5" in summary
    assert 'data-address="q=sql+python&amp;k=5"' in summary
    assert columns.count('class="sl-card') == 4


def test_compare_with_a_third_list_renders_three(systems):
    both = dataclasses.replace(systems, others={"BM25": LexicalSearcher(CORPUS)})
    columns = compare_query(both, "sql", third="BM25")[1]
    assert columns.count('class="sl-card') == 5
    assert columns.count("<section") == 3
    summary, columns = compare_query(both, "sql", third="other")
    assert "There is no third “other” here" in summary
    assert columns.count("<section") == 2


def test_compare_third_list_without_a_match_says_so(systems):
    both = dataclasses.replace(systems, others={"BM25": LexicalSearcher(CORPUS)})
    assert "No listing shares a word" in compare_query(both, "zebra", third="BM25")[1]


def test_compare_with_filters_says_how_many_listings_pass(systems):
    summary, columns = compare_query(systems, "sql", without="python")
    assert "without “python”: 1 of 2 listings are ranked" in summary
    assert '<a class="sl-link" href="?q=sql">Clear filters</a>' in summary
    assert columns.count('class="sl-card') == 2


def test_compare_with_filters_that_leave_nothing_says_what_to_do(systems):
    summary, columns = compare_query(systems, "sql", location="nowhere")
    assert "No listing passes these filters" in summary
    assert '<a class="sl-link" href="?q=sql">Rank all listings instead</a>' in summary
    assert columns == ""


def test_open_address_sets_the_widgets_and_compares(systems):
    context = build_context(systems)
    *widgets, summary, columns = open_address(context, "?q=sql&k=7&without=python&__theme=dark")
    assert widgets == ["sql", 7, "Any", "Any", "Any", "", "python", "None"]
    assert "1 of 2 listings are ranked" in summary
    assert columns.count('class="sl-card') == 2


def test_open_address_of_nothing_is_the_quiet_page(systems):
    *widgets, summary, columns = open_address(build_context(systems), "")
    assert widgets == ["", 10, "Any", "Any", "Any", "", "", "None"]
    assert 'data-address=""' in summary
    assert columns == ""


def test_narrow_compares_what_the_widgets_hold_once_the_filter_is_another(systems):
    context = build_context(systems)
    stale = ["sql", 10, "Any", "Any", "Any", "", None, "None"]
    assert narrow(context, "without", "?q=sql&third=bm25", *stale) == (gr.skip(), gr.skip())
    assert narrow(context, "location", "?q=sql&without=python", *stale) == (gr.skip(), gr.skip())
    summary, columns = narrow(context, "without", "?q=sql", "sql", 7, "Any", "Any", "Any", "", " python ", "None")
    assert 'data-address="q=sql&amp;k=7&amp;without=python"' in summary
    assert columns.count('class="sl-card') == 2


def test_first_address_without_a_comparison_leaves_what_was_typed(systems):
    context = build_context(systems)
    assert open_first_address(context, "?__theme=dark") == [gr.skip()] * 10
    assert open_first_address(context, "?q=sql")[0] == "sql"


def test_open_listing_marks_each_systems_best_sentence():
    text = "You write sql for reports. You write python for models."
    corpus = [listing("a", text, title="Analyst")]
    context = build_context(
        Systems(searcher(("sql",), corpus, "1"), searcher(("python",), corpus, "2"), "base", "tuned", {"a": corpus[0]}),
    )
    dialog = open_listing(context, "?q=sql+python", "a")
    assert 'sl-sentence-base" title="Best sentence: Base">You write <mark>sql</mark> for reports.' in dialog
    assert 'sl-sentence-tuned" title="Best sentence: Fine-tuned">You write <mark>python</mark> for models.' in dialog
    assert "<b>Fine-tuned</b>, rank 1: best sentence 1.000" in dialog
    with pytest.raises(gr.Error, match="got 'other'; search again"):
        open_listing(context, "?q=sql", "other")


def test_hybrid_weight_comes_from_a_report_of_this_model_and_fusion(tmp_path):
    path = tmp_path / "benchmark.json"
    path.write_text(json.dumps({"systems": {"hybrid": {"fingerprint": hybrid_fingerprint("abc"), "weight": 0.2}}}))
    assert load_weight(path, "abc") == 0.2
    assert load_weight(path, "other") == DEFAULT_WEIGHT
    assert load_weight(tmp_path / "none.json", "abc") == DEFAULT_WEIGHT
    path.write_text(json.dumps({"systems": {"hybrid": {"fingerprint": "hybrid-abc", "weight": 0.2}}}))
    assert load_weight(path, "abc") == DEFAULT_WEIGHT


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
    cut = DenseSearcher(encoder, build_index(encoder, corpus, reading="first"))
    both = Systems(cut, searcher(("sql",), corpus, "2"), "base", "tuned", {"a": corpus[0]})
    columns = compare_query(both, "sql")[1]
    assert columns.count("This model read the first 3 of 8 tokens.") == 1


def test_port_in_use_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"127.0.0.1:{port} can't be used.*--port"):
            check_port_free("127.0.0.1", port)
    check_port_free("127.0.0.1", port)


def test_app_without_a_tuned_model_says_which_command_makes_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TUNED_MODEL", raising=False)
    assert app.main([]) == 2
    error = capsys.readouterr().err
    assert "make train" in error
    assert "python -m train --dataset build/dataset --out build/model" in error


def test_app_port_out_of_range_is_refused(capsys):
    assert app.main(["--tuned", "x", "--port", "99999"]) == 2
    assert "port from 1 to 65535, got 99999" in capsys.readouterr().err


def test_app_reads_models_and_dataset_from_the_environment(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("DATASET", str(tmp_path / "absent"))
    monkeypatch.setenv("TUNED_MODEL", "x")
    assert app.main(["--port", "7999"]) == 2
    assert str(tmp_path / "absent") in capsys.readouterr().err


def write_report(path, shown, **changes):
    rows = {
        name: {"fingerprint": one.encoder.fingerprint, "reading": one.reading}
        for name, one in (("base", shown.base), ("tuned", shown.tuned))
    }
    per_query = [{"query_id": "q", "ranks": {"base": 3, "tuned": 1}}]
    report = {"systems": rows, "dataset_hash": "same", "per_query": per_query} | changes
    path.write_text(json.dumps(report))
    return report


def test_report_of_these_models_and_this_dataset_is_shown(systems, tmp_path):
    path = tmp_path / "benchmark.json"
    assert load_report(path, systems, "same") == (None, "")
    report = write_report(path, systems)
    assert load_report(path, systems, "same") == (report, "")


def test_ranks_of_a_report_are_those_of_the_two_models_whatever_it_calls_them(systems, tmp_path):
    path = tmp_path / "benchmark.json"
    ours = [{"fingerprint": one.encoder.fingerprint, "reading": one.reading} for one in (systems.base, systems.tuned)]
    rows = {
        "base": ours[0] | {"reading": "other"},
        "windows": ours[0],
        "tutorial": {"fingerprint": "x", "reading": "y"},
        "mine": ours[1],
    }
    ranks = {"base": 9, "windows": 5, "tutorial": 7, "mine": 2}
    write_report(path, systems, systems=rows, per_query=[{"query_id": "q", "ranks": ranks}])
    report, _ = load_report(path, systems, "same")
    assert report["per_query"] == [{"query_id": "q", "ranks": {"base": 5, "tuned": 2}}]


def test_report_of_a_base_that_was_read_in_another_way_is_shown_without_its_queries(systems, tmp_path):
    path = tmp_path / "benchmark.json"
    other = {"fingerprint": systems.base.encoder.fingerprint, "reading": "tokens"}
    tuned = {"fingerprint": systems.tuned.encoder.fingerprint, "reading": systems.tuned.reading}
    written = write_report(path, systems, systems={"base": other, "tuned": tuned})
    assert load_report(path, systems, "same") == (written | {"per_query": []}, "")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"systems": {"base": {"fingerprint": "another", "reading": "windows"}}}, "about other models"),
        ({"dataset_hash": "another"}, "about another dataset"),
        ({"systems": []}, "is no benchmark report"),
    ],
)
def test_report_that_does_not_belong_here_is_not_shown(systems, tmp_path, changes, problem):
    path = tmp_path / "benchmark.json"
    write_report(path, systems, **changes)
    report, why = load_report(path, systems, "same")
    assert report is None
    assert problem in why


def test_report_that_is_no_json_is_not_shown(systems, tmp_path):
    path = tmp_path / "benchmark.json"
    path.write_text("{broken")
    assert "is no benchmark report" in load_report(path, systems, "same")[1]


def test_port_that_is_no_number_is_a_usage_error(monkeypatch, capsys):
    monkeypatch.setenv("GRADIO_SERVER_PORT", "abc")
    with pytest.raises(SystemExit, match="2"):
        app.main(["--tuned", "x"])
    assert "invalid int value: 'abc'" in capsys.readouterr().err


def test_run_command_puts_a_long_error_on_one_line(capsys):
    def fail():
        raise ValueError("first\nsecond")

    assert run_command(fail, name="x") == 2
    assert capsys.readouterr().err == "x: error: first second\n"


def test_run_command_interrupted_is_130(capsys):
    def interrupt():
        raise KeyboardInterrupt

    assert run_command(interrupt, name="x") == 130
    assert "nothing half-written" in capsys.readouterr().err


def test_own_script_and_style_stay_light():
    assert sum(path.stat().st_size for path in app.STATIC.iterdir()) < 40_000


def test_shipped_vectors_are_kept_only_if_they_are_this_models(systems, tmp_path, monkeypatch, caplog):
    searcher = systems.tuned
    listings = list(systems.listings.values())
    config = SimpleNamespace(cache=tmp_path / "cache", tuned="alice/model")
    false = dataclasses.replace(searcher.index, vectors=searcher.index.vectors[::-1].copy())
    for index, kept in ((false, False), (searcher.index, True)):
        save_index(index, tmp_path / "shipped.npz")
        monkeypatch.setattr("pages.loading.find_shipped", lambda model, name: tmp_path / "shipped.npz")
        fetch_index(searcher.encoder, listings, searcher.index.reading, config)
        assert len(list(config.cache.glob("*.npz"))) == kept
        assert ("encoding anew" in caplog.text) != kept
        caplog.clear()
    (tmp_path / "shipped.npz").write_bytes(b"none")
    next(config.cache.glob("*.npz")).unlink()
    fetch_index(searcher.encoder, listings, searcher.index.reading, config)
    assert "encoding anew" in caplog.text
