"""A listing's whole text in a dialog, best sentences marked."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from comparison.moves import Side
from comparison.query_parts import FactAnswer
from comparison.sentences import Sentence
from search.records import Listing
from views.sides import TITLES
from views.templating import render
from views.understood import plain_label
from views.words import query_words

# More parts are a pasted text, and the table would hide the listing.
MAX_PARTS = 8


@dataclass(frozen=True)
class Answers:
    """What answers a query in a listing: facts, each side's best sentence, and those for each part of its words."""

    by_facts: Sequence[FactAnswer] = field(default_factory=tuple)
    of_query: Mapping[Side, Sentence] = field(default_factory=dict)
    by_part: Sequence[tuple[str, Mapping[Side, Sentence]]] = field(default_factory=tuple)


def render_detail(
    listing: Listing,
    answers: Answers,
    ranks: Mapping[Side, int | None],
    *,
    query: str,
    titles: Mapping[Side, str] = TITLES,
) -> str:
    """Return a listing's dialog, which the page's script opens.

    Args:
        listing: What is shown.
        answers: What answers the query in it.
        ranks: The listing's; None where a system does not rank it.
        query: Whose words are marked in the whole text; a part's are in what answers it.
        titles: What the systems are called, left first.
    """
    return render(
        "detail.html",
        listing=listing,
        best=answers.of_query,
        facts_answered=[(one, plain_label(one.statement)) for one in answers.by_facts],
        parts=[(part, query_words(part), found) for part, found in answers.by_part[:MAX_PARTS]],
        left_out=len(answers.by_part) - MAX_PARTS,
        segments=list(split_text(listing.text, answers.of_query, titles)),
        ranks=ranks,
        titles=titles,
        words=query_words(query),
        derived=listing.derived.replace("seniority", "level").replace("work_mode", "work mode"),
    )


def split_text(
    text: str, best: Mapping[Side, Sentence], titles: Mapping[Side, str]
) -> Iterator[tuple[str, dict[Side, str]]]:
    """Cut a text where best sentences begin or end."""
    borders = sorted({0, len(text), *(border for one in best.values() for border in one.span)})
    for start, end in itertools.pairwise(borders):
        inside = [side for side, one in best.items() if one.span[0] <= start and end <= one.span[1]]
        yield text[start:end], {side: titles[side] for side in inside}
