"""app.py without a server: its options, and what stops it from starting."""

import socket

import pytest

import app
from pages.config import AppConfig, check_port_free
from pages.serving import render_problem


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


def serve_problem(monkeypatch):
    """Serve without Gradio, and return what the page would say."""
    monkeypatch.setattr("pages.serving.build_problem_page", render_problem)
    served = []
    monkeypatch.setattr("pages.serving.launch", lambda page, config, endpoints: served.append(page))
    assert app.main(["--port", "7999"]) == 0
    return served[0]


def test_space_without_a_tuned_model_says_which_variable_is_missing_in_place_of_a_crash(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TUNED_MODEL", raising=False)
    monkeypatch.setenv("SPACE_ID", "alice/space")
    html = serve_problem(monkeypatch)
    assert "set its variable TUNED_MODEL" in html
    assert "<code>DATASET</code>, now <code>build/dataset</code>" in html


def test_space_with_a_broken_variable_shows_the_error(tmp_path, monkeypatch):
    monkeypatch.setenv("SPACE_ID", "alice/space")
    monkeypatch.setenv("TUNED_MODEL", "x")
    monkeypatch.setenv("DATASET", str(tmp_path / "<absent>"))
    assert "&lt;absent&gt;" in serve_problem(monkeypatch)


@pytest.mark.parametrize(
    ("value", "models"), [("a/b", ("a/b",)), ("a/b c/d", ("a/b", "c/d")), ("a/b,c/d", ("a/b", "c/d"))]
)
def test_environment_may_name_two_tuned_models(monkeypatch, value, models):
    monkeypatch.setenv("TUNED_MODEL", value)
    config = AppConfig()
    assert (config.models, config.tuned) == (models, "a/b")


def test_two_tuned_models_are_options_and_three_are_refused(monkeypatch, capsys):
    served = []
    monkeypatch.setattr("pages.serving.serve", lambda config, _: served.append(config))
    assert app.main(["--tuned", "x", "y"]) == 0
    assert served[0].models == ("x", "y")
    assert app.main(["--tuned", "x", "y", "z"]) == 2
    assert "expected one tuned model or 2, got 3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "space", "options", "is_own"),
    [
        ("127.0.0.1", "", [], True),
        ("localhost", "", [], True),
        ("::1", "", [], True),
        ("192.0.2.1", "", [], False),
        ("127.0.0.1", "", ["--behind-proxy"], False),
        ("192.0.2.1", "alice/space", [], False),
    ],
)
def test_visitors_are_told_apart_but_on_ones_own_machine(monkeypatch, host, space, options, is_own):
    monkeypatch.setenv("SPACE_ID", space)
    config = AppConfig(models=("x",), host=host, behind_proxy=bool(options))
    assert (config.is_own, config.trusts_proxy) == (is_own, bool(space or options))


def test_app_port_out_of_range_is_refused(capsys):
    assert app.main(["--tuned", "x", "--port", "99999"]) == 2
    assert "port from 1 to 65535, got 99999" in capsys.readouterr().err


def test_app_reads_models_and_dataset_from_the_environment(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("DATASET", str(tmp_path / "absent"))
    monkeypatch.setenv("TUNED_MODEL", "x")
    assert app.main(["--port", "7999"]) == 2
    assert str(tmp_path / "absent") in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variable", "options", "message"),
    [
        ("abc", [], "expected a port's number in GRADIO_SERVER_PORT, got 'abc'"),
        ("7999", ["--port", "abc"], "--port: invalid literal for int() with base 10: 'abc'; see app.py --help"),
    ],
)
def test_app_port_that_is_no_number_is_refused(monkeypatch, capsys, variable, options, message):
    monkeypatch.setenv("GRADIO_SERVER_PORT", variable)
    assert app.main(["--tuned", "x", *options]) == 2
    assert capsys.readouterr().err == f"app: error: {message}\n"


@pytest.mark.parametrize(
    ("variable", "options", "message"),
    [
        ("yes", [], "expected a number of listings in UPLOADS, such as 300, or 0 for no files, got 'yes'"),
        ("300", ["--uploads", "-1"], "expected --uploads from 0 to 5,000 listings, got -1"),
    ],
)
def test_app_uploads_that_are_no_number_of_listings_are_refused(monkeypatch, capsys, variable, options, message):
    monkeypatch.setenv("UPLOADS", variable)
    assert app.main(["--tuned", "x", *options]) == 2
    assert capsys.readouterr().err == f"app: error: {message}\n"


def test_app_takes_no_files_unless_asked_to(monkeypatch):
    monkeypatch.delenv("UPLOADS", raising=False)
    assert AppConfig(models=("x",)).uploads == 0
    monkeypatch.setenv("UPLOADS", "300")
    assert AppConfig(models=("x",)).uploads == 300


def test_app_options_come_before_the_environment(monkeypatch):
    variables = {"BASE_MODEL": "b", "TUNED_MODEL": "t", "DATASET": "d", "GRADIO_SERVER_NAME": "h", "SPACE_ID": "s"}
    for name, value in {**variables, "GRADIO_SERVER_PORT": "7999", "FEEDBACK_DATASET": "f"}.items():
        monkeypatch.setenv(name, value)
    served = []
    monkeypatch.setattr("pages.serving.serve", lambda config, _: served.append(config))
    assert app.main(["--tuned", "x", "--reading", "windows"]) == 0
    (config,) = served
    assert (config.base, config.tuned, config.dataset) == ("b", "x", "d")
    assert (config.host, config.port, config.space, config.feedback) == ("h", 7999, "s", "f")
    assert (config.scoring, str(config.votes)) == ("max_passage", "build/votes")
