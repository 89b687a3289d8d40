"""What systems are called: the same in Compare and in each table of Evidence."""

from collections.abc import Mapping

from comparison.moves import Side
from search.benchmark_report import BenchmarkReport
from views.sides import MODELS, TITLES

SCORING_WORDS = {"late_interaction": "late interaction", "max_passage": "best passage", "first": "first tokens"}
WORD_SYSTEMS = {"bm25": "BM25", "hybrid": "Hybrid"}


def name_systems(report: BenchmarkReport, sides: Mapping[Side, str]) -> dict[str, str]:
    """Return the report's names -> names for people.

    The page's models are Base and Fine-tuned; the same models scored otherwise say how. Others keep their names.

    Args:
        report: The report.
        sides: Its names of the page's base and tuned model.
    """
    models = {
        report.systems[sides[side]].fingerprint: TITLES[side] for side in MODELS if sides.get(side) in report.systems
    }
    titles = {sides[side]: TITLES[side] for side in MODELS if side in sides}
    labels: dict[str, str] = {}
    for name, row in report.systems.items():
        title, words = models.get(row.fingerprint), SCORING_WORDS.get(row.scoring, row.scoring)
        other = f"{title} ({words})" if title and words else WORD_SYSTEMS.get(name, name)
        label = titles.get(name, other)
        labels[name] = label if label not in labels.values() else f"{label}, {name}"
    judged = report.judged.systems if report.judged else {}
    return {**{name: WORD_SYSTEMS.get(name, name) for name in judged}, **labels}
