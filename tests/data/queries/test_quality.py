"""A language model's queries without a server: read, and found fault with."""

import pytest

from data.queries.prompt import parse_answer
from data.queries.quality import find_fault
from tests.fakes import listing


@pytest.mark.parametrize(
    ("content", "pairs"),
    [
        ('{"skills": ["a b"], "wish": "c d"}', [("skills", "a b"), ("wish", "c d")]),
        ('Sure {really}:\n```json\n{"skills": ["a"]}\n```\nEnjoy {it}', [("skills", "a")]),
        ('{"queries": {"profile": ["p"]}}', [("profile", "p")]),
        ('{"skills": [1, null, "x"], "other": ["y"]}', [("skills", "x")]),
        ("", []),
        ("[" * 5000 + "{" * 5000, []),
        ('["skills"]', []),
    ],
)
def test_parse_answer(content, pairs):
    assert parse_answer(content) == pairs


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("sql tableau retail", None),
        ("", "empty"),
        ("!!", "empty"),
        ("sql", "too_short"),
        ("word " * 41, "too_long"),
        ("Job search query: sql analyst", "prompt_echo"),
        ("skills: sql, python", "prompt_echo"),
        ("Here is what they type", "prompt_echo"),
        ("analyst at north river bank", "company_name"),
        ("analyst near a north facing river", None),
        ("wants to build dashboards for the sales team every single week", "copied"),
        ("build dashboards for the sales team", None),
        ("sql query tuning and dashboards", None),
    ],
)
def test_find_fault(text, fault):
    posting = listing(
        "a",
        "You build dashboards for the sales team every single week.",
        title="Data Analyst",
        company="North River Bank, Inc.",
    )
    assert find_fault(text, posting) == fault


def test_find_fault_company_that_repeats_the_title_is_no_company():
    assert (
        find_fault("data analyst with sql", listing("a", "text", title="Senior Data Analyst", company="Data Analyst"))
        is None
    )
