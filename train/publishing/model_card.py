"""The model card, README.md of a model folder."""

from pathlib import Path

from huggingface_hub import EvalResult, ModelCardData

from data.dataset_card import SAMPLE_NOTE
from search.artifacts import METRICS, BenchmarkReport, RunRecord
from search.encoding.passages import PASSAGE_TOKENS
from search.hub_names import RepoRef
from search.scoring import PASSAGE_SHARE
from train.evaluation.rendering import TEMPLATES

# Those that validation has too.
RANKING_METRICS = METRICS[:4]


def render_model_card(run: RunRecord, report: BenchmarkReport | None = None, *, system: str = "") -> str:
    """Return the card: recipe, results, verdicts, how to use it.

    `system` is the model's name in the report; before the benchmark there is none.
    """
    name = f"{Path(run.base.model).name}, tuned for job search"
    front_matter = ModelCardData(
        library_name="sentence-transformers",
        pipeline_tag="sentence-similarity",
        base_model=RepoRef.parse(run.base.model).repo_id or None,
        language=["en"],
        tags=["sentence-transformers", "job-search"],
        model_name=name if report else None,
        eval_results=_eval_results(report, system) if report else None,
    )
    return TEMPLATES.get_template("publishing/model_card.md.jinja").render(
        front_matter=front_matter.to_yaml(),
        name=name,
        run=run,
        report=report,
        system=system,
        change=run.validation.tuned["ndcg@10"] - run.validation.base["ndcg@10"],
        metrics=RANKING_METRICS,
        sample_note=SAMPLE_NOTE,
        passage_share=PASSAGE_SHARE,
        passage_tokens=PASSAGE_TOKENS,
    )


def _eval_results(report: BenchmarkReport, system: str) -> list[EvalResult]:
    kind = "the bundled fictional job listings" if report.fictional else "job listings"
    means = {metric: report.systems[system].metrics[metric] for metric in RANKING_METRICS}
    return [
        EvalResult(
            task_type="information-retrieval",
            task_name="Job search",
            dataset_type="shortlist",
            dataset_name=f"{kind} ({report.n_listings} listings)",
            dataset_split=report.split,
            metric_type=metric,
            metric_name=metric,
            metric_value=round(estimate.mean, 4),
        )
        for metric, estimate in means.items()
        if estimate
    ]
