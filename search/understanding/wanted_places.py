"""Of the places that a query names, those where somebody wants to be."""

from collections.abc import Sequence
from itertools import pairwise

from search.records import Span
from search.understanding.vocabulary import word_set
from search.understanding.words import Word, facet_before, span_of_words

# The nearest of them before a place tells whether somebody wants to be there, or was.
GOING = word_set(
    """moving relocating relocate move relocated moved searching looking want wants wanted wish hoping stay staying prefer
    preferably ideally live living located based now seeking open happy willing"""
)
BEEN = word_set(
    """interned worked studied was were been lived grew born graduated did before previously formerly after left got spent
    ran led built helped"""
)
PAST = BEEN | {"years", "yrs", "year"}
NEAR = 8


def wanted_places_of(words: Sequence[Word], spans: Sequence[Span], *, is_cv: bool) -> list[int]:
    """Return the numbers of the places where somebody wants to be, of those named: not where they were."""
    starts = [span_of_words(words, span)[0] for span in spans]
    said = [_nearest_of(words, start) for start in starts]
    sentences = [words[start].sentence for start in starts]
    first = next((number for number, word in enumerate(said) if word in GOING), None)
    if first is not None:
        going = {sentences[number] for number, word in enumerate(said) if word in GOING}
        return [
            number
            for number, word in enumerate(said)
            if word in GOING or (sentences[number] in going and word not in BEEN and number > first)
        ]
    past = {word.sentence for word in words if word.folded in PAST}
    return [
        number
        for number, word in enumerate(said)
        if word not in BEEN and not (sentences[number] in past and (is_cv or _is_at_work(words, starts[number])))
    ]


def _nearest_of(words: Sequence[Word], position: int) -> str:
    """Return the nearest word before, in the sentence, that tells whether somebody is going there or has been."""
    before = (
        word
        for word in reversed(words[max(0, position - NEAR) : position])
        if word.sentence == words[position].sentence
    )
    return next((word.folded for word in before if word.folded in GOING | BEEN), "")


def _is_at_work(words: Sequence[Word], position: int) -> bool:
    """Tell whether a place is where an employer is: "at a bank in Dublin"."""
    before = facet_before(words, position, limit=NEAR)
    return before[-1:] == ["in"] and any(
        first in ("at", "for") and then in ("a", "an") for first, then in pairwise(before)
    )
