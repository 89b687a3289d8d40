"""Facts as people say them: what is said is the listing's, in words that the understanding reads back."""

import random

import pytest

from search.understanding.levels import LEVELS
from search.understanding.listening import Listener
from tests.fakes import listing
from train.trainer.wordings import CITY, FACTS, city_words, place_words, say_facts, word_fact

ROW = {"level": "senior", "work_mode": "hybrid", "location": "New York, NY"}


def test_places_have_their_names_and_short_forms():
    assert set(place_words("New York, NY")) >= {"New York", "NYC", "United States", "US", "NY"}
    assert set(place_words("London, UK")) >= {"London", "England", "United Kingdom", "UK"}
    assert set(place_words("Canada")) == {"Canada"}
    assert place_words("Nowhere-on-Sea") == ()
    assert city_words("Canada") == ()


def test_facts_said_are_named():
    for seed in range(40):
        worded = say_facts("sql", ROW, random.Random(seed), needed=("level", CITY))
        assert "sql" in worded.text
        assert {"level", "location", CITY} <= worded.facts


def test_row_without_facts_says_none():
    worded = say_facts("sql", {"level": "", "work_mode": "", "location": ""}, random.Random(1), needed=FACTS)
    assert (worded.text, worded.facts) == ("sql", frozenset())


def test_paragraph_gets_its_facts_at_its_end():
    paragraph = "I built pipelines. " * 20
    assert say_facts(paragraph, ROW, random.Random(1), needed=("level",)).text.startswith(paragraph)


@pytest.mark.parametrize("level", LEVELS)
def test_no_wording_of_a_level_is_understood_as_another(level):
    """Some are understood as nothing, which costs little."""
    listener = Listener([listing("a", "x", seniority=level)])
    for seed in range(60):
        said = word_fact("level", level, random.Random(seed))
        found = {
            value for one in listener.read(f"python, {said}").statements if one.kind == "level" for value in one.values
        }
        assert not found or level in found, said
