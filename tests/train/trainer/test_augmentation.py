"""Queries with typing errors and short forms: what each kind does, and that the same seed does the same."""

import random

import pytest

from train.trainer.augmentation import SHORT_FORMS, add_family, add_noise, add_typing_error, drop_words, shorten


def test_add_typing_error_changes_one_long_word_by_one_letter_at_most():
    for seed in range(50):
        text = add_typing_error("a forecasting job", random.Random(seed))
        assert text != "a forecasting job" or "tt" in text
        first, word, last = text.split()
        assert (first, last) == ("a", "job")
        assert abs(len(word) - len("forecasting")) <= 1


def test_add_typing_error_leaves_texts_of_short_words():
    assert add_typing_error("sql dbt", random.Random(1)) == "sql dbt"


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("machine learning and Kubernetes", "ml & k8s"),
        ("Senior engineer, 5 years", "sr eng, 5 yrs"),
        ("engineering", "eng"),
        ("pioneering", "pioneering"),
    ],
)
def test_shorten_whole_words_only(text, short):
    assert shorten(text) == short


def test_short_forms_are_shorter():
    assert all(len(short) < len(name) for name, short in SHORT_FORMS.items())


def test_drop_words_leaves_three_quarters_in_order():
    words = [f"w{n}" for n in range(8)]
    kept = drop_words(" ".join(words), random.Random(3)).split()
    assert len(kept) == 6
    assert kept == sorted(kept)
    assert drop_words("one two three", random.Random(3)) == "one two three"


def test_add_noise_is_drawn_by_its_seed():
    text = "senior statistics engineer for forecasting"
    assert add_noise(text, random.Random(7)) == add_noise(text, random.Random(7))
    assert len({add_noise(text, random.Random(seed)) for seed in range(20)}) > 5


def test_add_family_once_before_or_after():
    texts = {add_family("sql, dbt", "data engineer", random.Random(seed)) for seed in range(20)}
    assert texts == {"data engineer, sql, dbt", "sql, dbt, data engineer", "data engineer sql, dbt"}


@pytest.mark.parametrize(("text", "family"), [("sql", ""), ("a Data Scientist who cooks", "data engineer")])
def test_add_family_leaves_texts_that_name_one_and_listings_without_one(text, family):
    assert add_family(text, family, random.Random(1)) == text
