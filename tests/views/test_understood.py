"""The line of what was understood: a chip for each statement, and the switch."""

import pytest

from comparison.request import ComparisonRequest
from search.understanding.understanding import Statement
from views.understood import render_understood, strict_label

LEVEL = Statement("level", ("senior",), (0, 7), "6 years")
REFUSED = Statement("words", ("management",), (12, 22), "management", is_refused=True)


def understood(**fields):
    return render_understood(ComparisonRequest("6 years, no management", **fields), [LEVEL, REFUSED])


def test_each_statement_is_a_chip_with_a_button_to_require_it_and_one_to_take_it_back():
    html = understood()
    assert html.count("<li ") == 2
    assert "<span>senior (6 years)</span>" in html
    assert html.count('aria-pressed="false"') == 2
    for name in ("only senior (6 years)", "take back: senior (6 years)", "must not: management"):
        assert f'aria-label="{name}"' in html
    assert 'role="switch" aria-checked="true"' in html


def test_required_statement_is_pressed_and_stays_to_be_taken_back():
    html = understood(required=(LEVEL.key,))
    assert html.count('aria-pressed="true" aria-label="only senior (6 years)"') == 1
    assert html.count("sl-required") == html.count('aria-pressed="false"') == 1
    assert 'aria-label="take back: senior (6 years)"' in html


def test_statement_taken_back_stays_to_be_brought_back():
    html = understood(ignored=(REFUSED.key,))
    assert "<s>not: management</s>" in html
    assert 'data-toggle="ignore" data-key="words:management" aria-label="bring back: not: management"' in html
    assert "must not" not in html


def test_switch_is_there_with_one_sentence_when_nothing_is_listened_to():
    html = understood(listens=False)
    assert "Not listening: both models rank the words alone." in html
    assert 'aria-checked="false"' in html
    assert "<li" not in html


def test_nothing_understood_gives_no_line():
    assert render_understood(ComparisonRequest("sql"), []) == ""


@pytest.mark.parametrize(("statement", "said"), [(LEVEL, "only senior (6 years)"), (REFUSED, "no management")])
def test_statement_as_a_filter_is_plain_words(statement, said):
    assert strict_label(statement) == said
