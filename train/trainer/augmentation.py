"""Queries as hurried people type them: slips, short forms, words left out; drawn by seed."""

import random
import re
from collections.abc import Callable

from data.corpus.titles import find_family

# What people shorten, and how. Longer phrases stand before the words they hold.
SHORT_FORMS = {
    "natural language processing": "nlp",
    "large language models": "llms",
    "large language model": "llm",
    "retrieval augmented generation": "rag",
    "artificial intelligence": "ai",
    "business intelligence": "bi",
    "reinforcement learning": "rl",
    "machine learning": "ml",
    "deep learning": "dl",
    "computer vision": "cv",
    "amazon web services": "aws",
    "google cloud": "gcp",
    "kubernetes": "k8s",
    "postgresql": "postgres",
    "javascript": "js",
    "typescript": "ts",
    "databases": "dbs",
    "database": "db",
    "infrastructure": "infra",
    "operations": "ops",
    "development": "dev",
    "engineering": "eng",
    "engineer": "eng",
    "management": "mgmt",
    "manager": "mgr",
    "marketing": "mktg",
    "government": "govt",
    "experience": "exp",
    "statistics": "stats",
    "statistical": "stat",
    "analytics": "anlytcs",
    "senior": "sr",
    "junior": "jr",
    "years": "yrs",
    "year": "yr",
    "months": "mos",
    "months'": "mos",
    "with": "w/",
    "without": "w/o",
    "and": "&",
}
SHORTENED = re.compile(
    r"\b(" + "|".join(re.escape(name) for name in sorted(SHORT_FORMS, key=len, reverse=True)) + r")\b", re.IGNORECASE
)
WORD = re.compile(r"[A-Za-z]{4,}")
DROPPED_SHARE = 0.25


def add_slip(text: str, rng: random.Random) -> str:
    """Return the text with one slip of the fingers in one of its longer words: a letter left out, doubled, or two
    swapped.
    """
    words = list(WORD.finditer(text))
    if not words:
        return text
    word = rng.choice(words)
    letters = list(word.group())
    place = rng.randrange(1, len(letters) - 1)
    kind = rng.randrange(3)
    if kind == 0:
        del letters[place]
    elif kind == 1:
        letters.insert(place, letters[place])
    else:
        letters[place], letters[place + 1] = letters[place + 1], letters[place]
    return text[: word.start()] + "".join(letters) + text[word.end() :]


def shorten(text: str) -> str:
    """Return the text with each word and phrase of SHORT_FORMS shortened."""
    return SHORTENED.sub(lambda match: SHORT_FORMS[match.group().lower()], text)


def drop_words(text: str, rng: random.Random) -> str:
    """Return the text without a quarter of its words; the text itself where it has fewer than four."""
    words = text.split()
    if len(words) < 4:
        return text
    dropped = set(rng.sample(range(len(words)), max(1, round(len(words) * DROPPED_SHARE))))
    return " ".join(word for place, word in enumerate(words) if place not in dropped)


def add_noise(text: str, rng: random.Random) -> str:
    """Return the text with one kind of noise, drawn by `rng`."""
    kinds: tuple[Callable[[], str], ...] = (
        lambda: add_slip(text, rng),
        lambda: shorten(text),
        lambda: drop_words(text, rng),
    )
    return rng.choice(kinds)()


def add_role(text: str, role: str, rng: random.Random) -> str:
    """Return the text with the role before or after it; the text itself where it names one, or there is none."""
    if not role or find_family(text):
        return text
    return rng.choice((f"{role}, {text}", f"{text}, {role}", f"{role} {text}"))
