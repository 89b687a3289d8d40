"""A language model's answers without a server: read, journalled, and found fault with."""

import pytest

from data.queries.answer_cache import Answer, Journal
from data.queries.prompt import parse_answer
from data.queries.quality import find_fault
from tests.fakes import listing

LISTINGS = [
    listing(
        f"job-{n}",
        f"We need skill{n} and tool{n} for our shop number {n}.",
        title="Data Analyst",
        company=f"Acme{n} Inc.",
    )
    for n in range(6)
]


def test_journal_cut_line_is_left_out_and_the_rest_kept(tmp_path):
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    journal.append("a", Answer("text", 1, 2))
    with path.open("ab") as file:
        file.write(b'{"key": "b", "cont')
    resumed = Journal(path)
    assert list(resumed.answers) == ["a"]
    resumed.append("c", Answer("text", 1, 2))
    assert list(Journal(path).answers) == ["a", "c"]


@pytest.mark.parametrize("content", ["years of work\n", "years of work", '{"other": 1}\n'])
def test_journal_never_touches_a_file_of_something_else(tmp_path, content):
    path = tmp_path / "thesis.txt"
    path.write_text(content)
    with pytest.raises(ValueError, match="expected a journal of answers"):
        Journal(path)
    assert path.read_text() == content


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
