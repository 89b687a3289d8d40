"""A query's words, and where its facets end."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from search.records import Span

WORD = re.compile(r"(?:[^\W\d_]\.){2,}|\d+(?:\.\d+)?|[^\W\d_]+(?:['’][^\W\d_]+)*")
# Between two words: the end of what was asked for in one breath.
BREAK = re.compile(r"[,;:!?()|•\n]|\.\s|\s[-–—]+>?\s|->|→")
SENTENCE_END = re.compile(r"[!?\n]|\.\s")
SPACES = re.compile(r"\s+")
# Shorter words have too many neighbours.
MIN_SLIP_LETTERS = 6
# Words that tell what others mean, also with a letter missing, doubled or in its neighbour's place: "juinor anlyst". With
# another letter they are other words, such as "sensor" and "analyse".
MENDED = ("junior", "senior", "engineer", "scientist", "analyst")
NOT_MENDED = ("senor",)


@dataclass(frozen=True, slots=True)
class Word:
    """A word: as typed, in small letters without dots, its characters, its facet and its sentence by number."""

    typed: str
    folded: str
    span: Span
    facet: int
    sentence: int


def split_words(text: str) -> list[Word]:
    """Return the words of a text, numbers among them, in order."""
    words: list[Word] = []
    end = facet = sentence = 0
    for match in WORD.finditer(text):
        gap = text[end : match.start()]
        facet += bool(BREAK.search(gap))
        sentence += bool(SENTENCE_END.search(gap))
        end = match.end()
        folded = match[0].casefold().replace("’", "'")
        folded = folded if folded[0].isdigit() else mend_slip(folded.replace(".", ""))
        words.append(Word(match[0], folded, match.span(), facet, sentence))
    return words


@lru_cache(maxsize=4096)
def mend_slip(word: str) -> str:
    """Return the word of MENDED that a word was meant to be, or the word itself."""
    meant = (one for one in MENDED if word[0] == one[0] and abs(len(word) - len(one)) <= 1 and word not in NOT_MENDED)
    for one in meant:
        same = next((at for at, (a, b) in enumerate(zip(word, one, strict=False)) if a != b), min(len(word), len(one)))
        missing = word[same:] == one[same + 1 :]
        doubled = word[same + 1 :] == one[same:] and word[same : same + 1] == word[same - 1]
        swapped = word[same : same + 2][::-1] + word[same + 2 :] == one[same:]
        if missing or doubled or swapped:
            return one
    return word


def squeeze_spaces(text: str) -> tuple[str, list[int]]:
    """Return a text with a space, or the end of a line, for each run of them; and where its characters stood."""
    kept: list[str] = []
    places: list[int] = []
    end = 0
    for match in SPACES.finditer(text):
        kept += [text[end : match.start()], "\n" if "\n" in match[0] else " "]
        places += range(end, match.start() + 1)
        end = match.end()
    return "".join((*kept, text[end:])), [*places, *range(end, len(text))]


def span_of_words(words: Sequence[Word], span: Span) -> tuple[int, int]:
    """Return the numbers of the first and the last word in a span, which holds one."""
    first = bisect_right(words, span[0], key=lambda word: word.span[1])
    last = bisect_left(words, span[1], key=lambda word: word.span[0]) - 1
    return min(first, last), last


def facet_after(words: Sequence[Word], position: int, *, limit: int) -> list[str]:
    """Return up to `limit` words that follow in the same facet, in small letters."""
    following = words[position + 1 : position + 1 + limit]
    return [word.folded for word in following if word.facet == words[position].facet]


def facet_before(words: Sequence[Word], position: int, *, limit: int) -> list[str]:
    """Return up to `limit` words that stand before in the same facet, the nearest last."""
    preceding = words[max(0, position - limit) : position]
    return [word.folded for word in preceding if word.facet == words[position].facet]


def overlaps(span: Span, others: Iterable[Span]) -> bool:
    """Tell whether a span shares characters with any of the others."""
    return any(span[0] < end and span[1] > start for start, end in others)


def is_typed(word: str, meant: str) -> bool:
    """Tell whether a word is another, but for the plural or one slip."""
    if word in (meant, f"{meant}s"):
        return True
    if min(len(word), len(meant)) < MIN_SLIP_LETTERS - 1 or len(meant) < MIN_SLIP_LETTERS:
        return False
    if word[0] != meant[0] or abs(len(word) - len(meant)) > 1:
        return False
    pairs = enumerate(zip(word, meant, strict=False))
    same = next((at for at, pair in pairs if pair[0] != pair[1]), min(len(word), len(meant)))
    rests = (
        (word[same + 1 :], meant[same:]),
        (word[same:], meant[same + 1 :]),
        (word[same + 1 :], meant[same + 1 :]),
        (word[same : same + 2][::-1] + word[same + 2 :], meant[same:]),
    )
    return any(one == other for one, other in rests)
