"""Whether a query found anything close, and whether it is English at all."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from search.scoring import FIRST, LATE_INTERACTION, MAX_PASSAGE, Scoring

# What the listings of the whole corpus score in the mean at least, for a query about their field: one is a little like
# all of them. The best listing's score tells less, as "nurse" finds the jobs of hospitals. Chosen on the bundled corpus:
# docs/search.md has the numbers.
LEAST_MEAN: Mapping[Scoring, float] = {LATE_INTERACTION: 0.26, MAX_PASSAGE: 0.05, FIRST: 0.05}
# How much likelier another language must be than each of the listings', in natural logarithms. Over all 3,363 queries that
# come with the bundled corpus, where rare names of tools look like any language, the most was 18.8; sentences in German,
# French, Spanish, Portuguese, Polish, Czech, Turkish, Russian, Chinese and Japanese had 24 and more.
FOREIGN_MARGIN = 20.0
WORD = re.compile(r"[^\W\d_]{2,}")


def is_close(mean_scores: Sequence[tuple[Scoring, float]]) -> bool:
    """Tell whether a query is about the corpus's field for each model; without a model, nothing says that it is not.

    Args:
        mean_scores: How each model scores, and its mean score of the whole corpus.
    """
    return all(score >= LEAST_MEAN[scoring] for scoring, score in mean_scores)


@lru_cache(maxsize=256)
def is_foreign(query: str, languages: tuple[str, ...] = ("en",)) -> bool:
    """Tell whether a query is surely in another language than those of the listings, English if not said.

    Source: Lui and Baldwin 2012, "langid.py".
    """
    # Imported here: it reads its model, which takes a moment.
    import py3langid  # noqa: PLC0415

    ranked = py3langid.rank(" ".join(WORD.findall(query)))
    scores = {language: float(score) for language, score in ranked}
    return max(scores.values()) - max(scores[language] for language in languages) >= FOREIGN_MARGIN
