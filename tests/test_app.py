"""app.py without a server: handlers, and what stops it from starting."""

import dataclasses
import json
import socket

import gradio as gr
import pytest

import app
from search.commands import run_command
from search.lexical import LexicalSearcher
from search.systems import Systems
from tests.fakes import listing, searcher

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


def test_compare_query_renders_both_lists(systems):
    summary, columns = app.compare_query(systems, "sql python", 2)
    assert "overlap@2" in summary
    assert columns.count('class="sl-card') == 4


def test_compare_query_with_a_third_list_renders_three(systems):
    both = dataclasses.replace(systems, others={"BM25": LexicalSearcher(CORPUS)})
    columns = app.compare_query(both, "sql", 2, "BM25")[1]
    assert columns.count('class="sl-card') == 5
    assert columns.count("<section") == 3
    with pytest.raises(gr.Error, match="expected a third list of BM25, got 'other'"):
        app.compare_query(both, "sql", 2, "other")


def test_compare_query_third_list_without_a_match_says_so(systems):
    both = dataclasses.replace(systems, others={"BM25": LexicalSearcher(CORPUS)})
    assert "No listing shares a word" in app.compare_query(both, "zebra", 2, "BM25")[1]


def test_hybrid_weight_comes_from_a_report_of_this_model_else_a_half(tmp_path):
    path = tmp_path / "benchmark.json"
    path.write_text(json.dumps({"systems": {"hybrid": {"fingerprint": "hybrid-abc", "weight": 0.2}}}))
    assert app.load_weight(path, "abc") == 0.2
    assert app.load_weight(path, "other") == 0.5
    assert app.load_weight(tmp_path / "none.json", "abc") == 0.5


@pytest.mark.parametrize("typed", ["", "  \n", None])
def test_compare_query_empty_asks_for_a_query(systems, typed):
    summary, columns = app.compare_query(systems, typed, 10)
    assert "Type your skills" in summary
    assert columns == ""


def test_compare_query_very_long_is_cut_with_a_notice(systems):
    summary, columns = app.compare_query(systems, "sql " * 12_500, 2)
    assert "the first 2,000 were searched for" in summary
    assert columns.count('class="sl-card') == 4


def test_compare_query_k_of_zero_is_a_message_to_the_person(systems):
    with pytest.raises(gr.Error, match="got 0; set k to 10"):
        app.compare_query(systems, "sql", 0)


def test_port_in_use_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"127.0.0.1:{port} can't be used.*--port"):
            app.check_port_free("127.0.0.1", port)
    app.check_port_free("127.0.0.1", port)


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
        name: {"fingerprint": one.encoder.fingerprint} for name, one in (("base", shown.base), ("tuned", shown.tuned))
    }
    report = {"systems": rows, "dataset_hash": "same"} | changes
    path.write_text(json.dumps(report))
    return report


def test_report_of_these_models_and_this_dataset_is_shown(systems, tmp_path):
    path = tmp_path / "benchmark.json"
    assert app.load_report(path, systems, "same") == (None, "")
    report = write_report(path, systems)
    assert app.load_report(path, systems, "same") == (report, "")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"systems": {"base": {"fingerprint": "another"}}}, "about other models"),
        ({"dataset_hash": "another"}, "about another dataset"),
        ({"systems": []}, "is no benchmark report"),
    ],
)
def test_report_that_does_not_belong_here_is_not_shown(systems, tmp_path, changes, problem):
    path = tmp_path / "benchmark.json"
    write_report(path, systems, **changes)
    report, why = app.load_report(path, systems, "same")
    assert report is None
    assert problem in why


def test_report_that_is_no_json_is_not_shown(systems, tmp_path):
    path = tmp_path / "benchmark.json"
    path.write_text("{broken")
    assert "is no benchmark report" in app.load_report(path, systems, "same")[1]


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
