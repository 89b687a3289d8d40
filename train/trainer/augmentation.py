"""Queries as hurried people type them, drawn by seed."""

import random
import re
from collections.abc import Callable
from pathlib import Path

from data.corpus.titles import find_family

SHORT_FORMS = dict(
    line.split(" = ")
    for line in (Path(__file__).parent / "short_forms.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
)
SHORTENED = re.compile(
    r"\b(" + "|".join(re.escape(name) for name in sorted(SHORT_FORMS, key=len, reverse=True)) + r")\b", re.IGNORECASE
)
CV_SENTENCES = (Path(__file__).parent / "cv_sentences.txt").read_text(encoding="utf-8").splitlines()
WORD = re.compile(r"[A-Za-z]{4,}")
DROPPED_SHARE = 0.25


def add_typing_error(text: str, rng: random.Random) -> str:
    """Leave out, double or swap letters in a longer word."""
    words = list(WORD.finditer(text))
    if not words:
        return text
    word = rng.choice(words)
    letters = list(word.group())
    at = rng.randrange(1, len(letters) - 1)
    kind = rng.randrange(3)
    if kind == 0:
        del letters[at]
    elif kind == 1:
        letters.insert(at, letters[at])
    else:
        letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return text[: word.start()] + "".join(letters) + text[word.end() :]


def shorten(text: str) -> str:
    """Shorten each word and phrase of SHORT_FORMS."""
    return SHORTENED.sub(lambda match: SHORT_FORMS[match.group().lower()], text)


def drop_words(text: str, rng: random.Random) -> str:
    """Drop a quarter of the words, if they are many."""
    words = text.split()
    if len(words) < 4:
        return text
    dropped = set(rng.sample(range(len(words)), max(1, round(len(words) * DROPPED_SHARE))))
    return " ".join(word for number, word in enumerate(words) if number not in dropped)


NOISE: tuple[Callable[[str, random.Random], str], ...] = (add_typing_error, lambda text, _: shorten(text), drop_words)


def add_noise(text: str, rng: random.Random) -> str:
    """Change the text by one drawn kind of noise."""
    return rng.choice(NOISE)(text, rng)


def add_family(text: str, family: str, rng: random.Random) -> str:
    """Add the family to a text that names none."""
    if not family or find_family(text):
        return text
    return rng.choice((f"{family}, {text}", f"{text}, {family}", f"{family} {text}"))


def paste_into_cv(text: str, rng: random.Random) -> str:
    """Put a query between sentences of a CV that say nothing of what is looked for."""
    sentences = rng.sample(CV_SENTENCES, rng.randint(3, 7))
    at = rng.randint(0, len(sentences))
    return " ".join([*sentences[:at], f"{text}.", *sentences[at:]])
