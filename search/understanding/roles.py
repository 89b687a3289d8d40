"""Title families that queries name: "ml engineer", "product analyst", with a slip or without."""

from collections.abc import Collection, Iterator, Sequence

from search.records import Span
from search.understanding.vocabulary import word_set
from search.understanding.words import Word, is_typed

# What people type for a family; a family of its own name needs no line.
NAMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("data scientist", ("Data Scientist",)),
    ("data science", ("Data Scientist",)),
    ("data sci", ("Data Scientist",)),
    ("data engineer", ("Data Engineer",)),
    ("data engineering", ("Data Engineer",)),
    ("data eng", ("Data Engineer",)),
    ("etl developer", ("Data Engineer",)),
    ("machine learning engineer", ("Machine Learning Engineer",)),
    ("machine learning engineering", ("Machine Learning Engineer",)),
    ("ml engineer", ("Machine Learning Engineer",)),
    ("ml engineering", ("Machine Learning Engineer",)),
    ("ml eng", ("Machine Learning Engineer",)),
    ("mle", ("Machine Learning Engineer",)),
    ("ai engineer", ("AI Engineer",)),
    ("ai developer", ("AI Engineer",)),
    ("genai engineer", ("AI Engineer",)),
    ("genai developer", ("AI Engineer",)),
    ("gen ai engineer", ("AI Engineer",)),
    ("llm engineer", ("AI Engineer",)),
    ("deep learning engineer", ("Deep Learning",)),
    ("deep learning eng", ("Deep Learning",)),
    ("deep learning scientist", ("Deep Learning",)),
    ("deep learning researcher", ("Deep Learning",)),
    ("deep learning intern", ("Deep Learning",)),
    ("computer vision engineer", ("Deep Learning", "Machine Learning Engineer")),
    ("computer vision researcher", ("Deep Learning", "Machine Learning Engineer")),
    ("data analyst", ("Data Analyst",)),
    ("analyst", ("Data Analyst",)),
    ("analysts", ("Data Analyst",)),
)
# "MSc in data science": what somebody learned.
LEARNED = word_set("msc bsc ms bs ma masters master degree minor certificate bootcamp course phd in of a")
STUDIES = LEARNED - {"in", "of", "a"}
# No slip is in a word's first letter.
BY_LETTER = {
    letter: [(tuple(name.split()), meant) for name, meant in NAMES if name[0] == letter]
    for letter in {name[0] for name, _ in NAMES}
}


def find_roles(
    words: Sequence[Word], families: Collection[str], *, start: int = 0
) -> Iterator[tuple[tuple[str, ...], Span]]:
    """Yield the families that a query names from the character `start` on, with their characters."""
    for position, word in enumerate(words):
        for parts, meant in BY_LETTER.get(word.folded[:1], ()) if word.span[0] >= start else ():
            known = tuple(family for family in meant if family in families)
            run = words[position : position + len(parts)]
            if known and _is_named(run, parts) and not _is_learned(words, position):
                yield known, (word.span[0], run[-1].span[1])


def _is_named(run: Sequence[Word], parts: Sequence[str]) -> bool:
    if len(parts) == 1:
        # One word alone has to be typed right: an analysis is no analyst.
        return run[0].folded == parts[0]
    is_run = len(run) == len(parts) and run[0].facet == run[-1].facet
    return is_run and all(is_typed(word.folded, part) for word, part in zip(run, parts, strict=True))


def _is_learned(words: Sequence[Word], position: int) -> bool:
    before = [word.folded for word in words[max(0, position - 3) : position]]
    while before and before[-1] in LEARNED:
        if before.pop() in STUDIES:
            return True
    return False
