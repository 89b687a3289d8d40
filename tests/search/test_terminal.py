"""Texts of others on a terminal."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from search.cli import run_command
from search.terminal import printable, say

CLEARS = "\x1b[2J\x1b]0;owned\x07"


def test_characters_that_act_are_written_as_escapes():
    assert printable(f"Data {CLEARS}") == r"Data \x1b[2J\x1b]0;owned\x07"
    assert printable("\u202egnirts \x9b31m \ud800 \u2028") == r"\u202egnirts \x9b31m \ud800 \u2028"
    for text in ("Zürich, 東京\n\tsecond line", "\U0001f469\u200d\U0001f4bb", "B\xe4cker\xadei", "\u0646\u200c\u0631"):
        assert printable(text) == text


@given(st.text())
def test_no_text_acts_on_a_terminal(text):
    shown = printable(text)
    assert not {unicodedata.category(one) for one in shown if one not in "\n\t"} & {"Cc", "Cs", "Zl", "Zp"}
    assert (shown == text) or not text.isprintable()


def test_say_prints_lines(capsys):
    say("one", CLEARS)
    assert capsys.readouterr().out == "one\n\\x1b[2J\\x1b]0;owned\\x07\n"


def test_error_line_of_a_command_is_printable(capsys):
    def fail() -> None:
        raise ValueError(f"expected a column, got {CLEARS}")

    assert run_command(fail, [], prog="python -m data") == 2
    assert capsys.readouterr().err == "data: error: expected a column, got \\x1b[2J\\x1b]0;owned\\x07\n"
