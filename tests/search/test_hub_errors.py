"""Errors of the Hub's clients in one line."""

import pytest

from search.hub_errors import first_line


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("no model.\nmore"), "no model"),
        (KeyError(), "KeyError"),
        (OSError("no answer of https://alice:secret@host:8080/v1."), "no answer of https://***@host:8080/v1"),
        (OSError("'http://hf_token@host' for url 'http://a@b'"), "'http://***@host' for url 'http://***@b'"),
        (OSError("see https://host/path@1 and a@b"), "see https://host/path@1 and a@b"),
    ],
)
def test_line_is_the_first_and_holds_no_password(error, line):
    assert first_line(error) == line
