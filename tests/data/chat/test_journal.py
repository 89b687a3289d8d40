"""The journal of a language model's answers: cut lines, and files of something else."""

import pytest

from data.chat.journal import Answer, Journal


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
