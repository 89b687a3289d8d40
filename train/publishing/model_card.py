"""The model card, README.md of a model folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from huggingface_hub import EvalResult, ModelCardData

from data.dataset_card import SAMPLE_NOTE
from search.artifacts import RunRecord
from search.benchmark_report import COMPARED_JUDGED, LESS_IS_BETTER, METRICS, BenchmarkReport, Estimate
from search.encoding.passages import PASSAGE_TOKENS
from search.hub_names import RepoRef
from search.scoring import PASSAGE_SHARE
from train.evaluation.rendering import TEMPLATES

# Those that validation has too.
RANKING_METRICS = METRICS[:4]

Metrics = Mapping[str, Estimate | None]


def render_model_card(run: RunRecord, report: BenchmarkReport | None = None, *, system: str = "") -> str:
    """Return the card: recipe, results, verdicts, how to use it.

    `system` is the model's name in the report; before the benchmark there is none.
    """
    name = f"{Path(run.base.model).name}, tuned for job search"
    front_matter = ModelCardData(
        library_name="sentence-transformers",
        pipeline_tag="sentence-similarity",
        base_model=RepoRef.parse(run.base.model).repo_id or None,
        language=run.languages,
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
    """Return the judged queries' numbers, then the known items', each by its name."""
    corpus = (
        f"{'the bundled fictional job listings' if report.fictional else 'job listings'} ({report.n_listings} listings)"
    )
    known = report.systems[system].metrics
    results = _results("known item", f"known items of {corpus}", report.split, known, RANKING_METRICS)
    if report.judged is None:
        return results
    judged = report.judged.systems[system]
    name = f"judged queries over {corpus}"
    shown = _results("judged", name, report.judged.split, judged.metrics, COMPARED_JUDGED, are_bounds=judged.is_bound)
    return shown + results


def _results(
    evidence: str, dataset: str, split: str, metrics: Metrics, shown: Sequence[str], *, are_bounds: bool = False
) -> list[EvalResult]:
    def note(metric: str) -> str:
        side = "upper" if metric in LESS_IS_BETTER else "lower"
        return f"{evidence}, {side} bound" if are_bounds else evidence

    return [
        EvalResult(
            task_type="information-retrieval",
            task_name="Job search",
            dataset_type="shortlist",
            dataset_name=dataset,
            # Results of one type, config and split are taken for results of one dataset.
            dataset_config=evidence,
            dataset_split=split,
            metric_type=metric,
            metric_name=f"{metric} ({note(metric)})",
            metric_value=round(estimate.mean, 4),
        )
        for metric in shown
        if (estimate := metrics[metric])
    ]
