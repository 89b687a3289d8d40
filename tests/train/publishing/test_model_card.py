"""The model card: recipe, results with intervals, verdicts in words, metadata that the Hub reads."""

import pytest
from huggingface_hub import ModelCard

from search.artifacts import BenchmarkReport, RunRecord
from train.publishing.model_card import render_model_card
from train.recipes import SHORTLIST, TUTORIAL

METRICS = ("ndcg@10", "mrr@10", "recall@1", "recall@10", "family_precision@10", "triplet_accuracy")


def make_run(**changes):
    scores = {"ndcg@10": 0.4, "mrr@10": 0.3, "recall@1": 0.2, "recall@10": 0.6}
    run = {
        "base": {"model": "sentence-transformers/all-MiniLM-L6-v2", "revision": None},
        "config": {"dataset": "my/data", "seed": 42, "recipe": vars(SHORTLIST)},
        "fictional": False,
        "train": {"listings": 10, "queries": 30},
        "seconds": {"prepare": 1, "train": 61.2, "total": 63},
        "corpus_hash": "c" * 16,
        "dataset_hash": "d" * 16,
        "base_hash": "b" * 16,
        "tuned_hash": "e" * 16,
        "validation": {
            "queries": 9,
            "listings_ranked": 100,
            "base": scores,
            "tuned": {name: value + 0.1 for name, value in scores.items()},
        },
    }
    return RunRecord.model_validate(run | changes)


def interval(mean):
    return {"mean": mean, "low": mean - 0.05, "high": mean + 0.05}


def make_report():
    def row(mean):
        scores = {metric: interval(mean) for metric in METRICS} | {"stated_family_precision@10": None}
        return scores | {"query_ms": interval(10), "fingerprint": "f" * 16}

    def comparison(a, b, difference, verdict):
        found = {"difference": difference, "low": difference - 0.02, "high": difference + 0.02}
        counts = {"wins": 5, "ties": 1, "losses": 2}
        return {"a": a, "b": b, "metric": "ndcg@10", "p_value": 0.01, "verdict": verdict, **found, **counts}

    def group(mean):
        return {"n": 7, "systems": {name: {"ndcg@10": interval(mean)} for name in ("base", "tuned", "bm25")}}

    report = {
        "dataset": "my/data",
        "dataset_hash": "d" * 16,
        "split": "test",
        "n_queries": 20,
        "n_listings": 200,
        "fictional": False,
        "systems": {"base": row(0.4), "tuned": row(0.6), "bm25": row(0.8)},
        "comparisons": [comparison("tuned", "base", 0.2, "WIN"), comparison("bm25", "tuned", 0.2, "WIN")],
        "styles": {"wish": group(0.5)},
        "robustness": {"two typos": group(0.3)},
        "similarity": {"base": {"n": 40, "in_order": interval(0.9), "spearman": 0.8}},
    }
    return BenchmarkReport.model_validate(report)


def test_card_before_the_benchmark_tells_validation_and_its_lean():
    card = render_model_card(make_run())
    assert "| ndcg@10 | 0.400 | 0.500 |" in card
    assert "lean towards the tuned model" in card
    assert "Results on the test split" not in card
    assert "what its licence allows" in card
    assert ModelCard(card).data.base_model == "sentence-transformers/all-MiniLM-L6-v2"


def test_card_after_the_benchmark_has_intervals_verdicts_and_a_model_index():
    card = render_model_card(make_run(), make_report(), system="tuned")
    assert "| ndcg@10 | 0.400 [0.350, 0.450] | 0.600 [0.550, 0.650] | 0.800 [0.750, 0.850] |" in card
    assert "stated-family precision" not in card
    assert "| wish (7) | 0.500 [0.450, 0.550] |" in card
    results = ModelCard(card).data.eval_results
    assert [(one.metric_type, one.metric_value) for one in results][:2] == [("ndcg@10", 0.6), ("mrr@10", 0.6)]


def test_card_tables_are_markdown_tables():
    """A blank line, the head, the rule, the rows: no line of a table stands alone."""
    card = render_model_card(make_run(), make_report(), system="tuned")
    for head in (
        "| metric | base | tuned | bm25 |",
        "| ndcg@10 by style | base | tuned | bm25 |",
        "| ndcg@10 with typing errors | base | tuned | bm25 |",
    ):
        assert f"\n\n{head}\n|---|---|---|---|\n| " in card
    assert "\n\n| everyday sentences | base |\n|---|---|\n| in the right order | 0.900 [0.850, 0.950] |\n" in card
    assert "\n| Spearman | 0.800 |\n" in card


def test_verdicts_say_where_bm25_wins_seen_from_the_model():
    said = render_model_card(make_run(), make_report(), system="tuned")
    assert "**WIN**: tuned is better than base (+0.200 [+0.180, +0.220], p = 0.0100)." in said
    assert "**LOSS**: tuned is worse than bm25 (-0.200 [-0.220, -0.180], p = 0.0100)." in said


def test_card_names_the_recipe_and_a_base_in_a_folder_is_no_hub_id():
    run = make_run(config={"dataset": "d", "seed": 1, "recipe": vars(TUTORIAL)}, base={"model": "/some/folder/tiny"})
    card = render_model_card(run)
    assert "Recipe `tutorial`" in card
    assert "# tiny, tuned for job search" in card
    assert ModelCard(card).data.base_model is None


def test_card_of_the_sample_says_that_it_is_fictional():
    assert "**Fictional.**" in render_model_card(make_run(fictional=True))


def test_card_shows_the_late_interaction_class_only_where_it_opens_the_folder():
    assert "SentenceTransformer(" in render_model_card(make_run())
    assert "MultiVectorEncoder" not in render_model_card(make_run())
    card = render_model_card(make_run(opens_as_multi_vector=True))
    assert "SentenceTransformer(" in card
    assert "MultiVectorEncoder(" in card


@pytest.mark.parametrize(
    ("scoring", "measured"),
    [
        ("late_interaction", "`score = 0.2 * best passage cosine + 0.8 * mean MaxSim`"),
        ("max_passage", "`score = best passage cosine`"),
        ("first", "by FirstP: what follows the first tokens of a long listing is not read"),
    ],
)
def test_card_says_how_the_results_were_measured(scoring, measured):
    recipe = vars(SHORTLIST) | {"scoring": scoring}
    assert measured in render_model_card(make_run(config={"dataset": "d", "seed": 1, "recipe": recipe}))
