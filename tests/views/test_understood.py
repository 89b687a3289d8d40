"""The line of what was understood: a chip for each statement, and the switch."""

import re

import pytest

from comparison.filters import Filters
from comparison.request import ComparisonRequest
from search.understanding.understanding import Statement
from views.understood import filter_labels, render_controls, render_understood, strict_label

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
    assert "Not listening: both systems rank the words alone." in html
    assert 'aria-checked="false"' in html
    assert "<li" not in html


def test_nothing_understood_gives_no_line():
    assert render_understood(ComparisonRequest("sql"), []) == ""


@pytest.mark.parametrize(("statement", "said"), [(LEVEL, "only senior (6 years)"), (REFUSED, "no management")])
def test_statement_as_a_filter_is_plain_words(statement, said):
    assert strict_label(statement) == said


FILTERED = ComparisonRequest("sql", filters=Filters("Data Analyst", "remote", "senior", "Berlin", "java, c++"))


def test_each_filter_is_a_chip_with_a_link_to_the_same_without_it():
    html = render_understood(FILTERED, [])
    links = re.findall(r'href="\?(.*?)" data-key="(.*?)"\s+aria-label="remove the filter: (.*?)"', html)
    whole = FILTERED.to_address()
    for address, key, _ in links:
        name, _, value = key.partition(":")
        assert address != whole.replace("&", "&amp;")
        assert (f"{name}=" in address) == (name == "without")
        assert value not in address
    assert [label for *_, label in links] == [
        *("Data Analyst", "remote", "senior", "in “Berlin”", "without “java”", "without “c++”")
    ]
    assert "sl-listen" not in html


def test_filters_are_counted_where_it_is_known_how_many_they_left_out():
    assert list(filter_labels(FILTERED, {"java": 7}).values())[-2:] == [
        "without “java” (7 left out)",
        "without “c++” (0 left out)",
    ]


def test_controls_show_what_is_chosen_and_offer_all():
    html = render_controls(FILTERED, ["seniority"], {"seniority": ["junior", "senior"]}, remote="remote")
    assert re.findall(r'<option value="(\w*)"( selected)?>', html) == [
        ("", ""),
        ("junior", ""),
        ("senior", " selected"),
    ]
    assert 'data-choose="seniority" data-chosen="senior"' in html
    assert re.search(r'value="remote"\s+checked', html)
    nothing = render_controls(ComparisonRequest("sql"), [], {}, remote="remote")
    assert "checked" not in nothing.replace('"checkbox"', "")
