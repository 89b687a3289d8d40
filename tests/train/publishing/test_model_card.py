"""The model card: recipe, results with intervals, verdicts in words, metadata that the Hub reads."""

import pytest
from huggingface_hub import ModelCard

from search.artifacts import RunRecord
from search.benchmark_report import BenchmarkReport
from tests.views.reports import agreement_of_marks, group_row, judged_part
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


def make_report(**changes):
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
    return BenchmarkReport.model_validate(report | changes)


def test_card_before_the_benchmark_tells_validation_and_its_lean():
    card = render_model_card(make_run())
    assert "| known-item metric | base | tuned |\n|---|---|---|\n| ndcg@10 | 0.400 | 0.500 |" in card
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
    assert [(one.metric_name, one.metric_value) for one in results][:2] == [
        ("ndcg@10 (known item)", 0.6),
        ("mrr@10 (known item)", 0.6),
    ]


def test_card_leads_with_judged_queries_and_names_the_evidence_of_every_table():
    """Of tuned's results 80 % were judged, of base's all: only tuned is marked."""
    card = render_model_card(make_run(), make_report(judged=judged_part()), system="tuned")
    assert card.index("### Judged queries (test split)") < card.index("### Known items (test split)")
    heads = [line for line in card.splitlines() if line.startswith("| ") and "base" in line]
    assert all(any(kind in head for kind in ("judged", "known-item", "everyday")) for head in heads)
    assert heads[0] == "| judged metric | base | tuned (too little judged) |"
    assert (
        "by judged ndcg@10, tuned (too little judged) is better than base (+0.082 [+0.030, +0.134], p = 0.0010)."
        in card
    )
    assert "| wrong@10 (less is better) | 0.470 [0.370, 0.570] | 0.410 [0.310, 0.510] |" in card
    assert "Too little judged: fewer than 90 %" in card
    text = " ".join(card.split())
    assert (
        "its precision@5 is a strict lower bound and its wrong@10 a strict upper bound. Its ndcg@10 is a lower" in text
    )
    assert (
        "| judged ndcg@10 by kind of query | base | tuned (too little judged) |\n|---|---|---|\n| skills (6) | 0.500"
        in card
    )
    assert "| level (21) | 0.262 | 0.419 [0.319, 0.519] | 0.443 [0.343, 0.543] | 0.900 |" in card


def test_card_says_who_judged_and_how_far_another_agrees():
    card = render_model_card(make_run(), make_report(judged=judged_part()), system="tuned")
    assert "1621 results graded from 0 (wrong) to 3" in card
    assert "Judged by first, a language model (some-model): one by one.\n" in card
    assert (
        "Agreement of first and second: the same grade for 88 % of 349 results over both splits, Cohen's kappa" in card
    )
    assert "was not measured" not in card
    assert "what nobody graded counts as wrong" in card
    card = render_model_card(make_run(), make_report(judged=judged_part(agreement=[], assessors=[])), system="tuned")
    assert "Judged by somebody whom the report does not name." in card
    assert "How far another assessor agrees was not measured." in card


def test_card_says_of_the_blind_tests_marks_fit_or_not_and_names_no_second_assessor():
    part = judged_part(agreement=[agreement_of_marks()])
    card = render_model_card(make_run(), make_report(judged=part), system="tuned")
    said = (
        "first and marks of the blind test: fit or not: the same for 75 % of 4 results over both splits, Cohen's kappa"
    )
    assert f"Agreement of {said} 0.52.\nHow far another assessor agrees was not measured.\n" in card
    assert "the same grade" not in card


def test_card_without_judged_queries_says_so():
    card = render_model_card(make_run(), make_report(), system="tuned")
    assert "No judged queries were measured" in card
    assert "too little" not in card.lower()


def test_card_says_what_empty_ranks_count_as():
    card = " ".join(render_model_card(make_run(), make_report(judged=judged_part()), system="tuned").split())
    assert "wrong@10: share of the ten of grade 0, not judged, or empty;" in card
    assert "the share of their ten results that meets it (an empty rank does not)" in card


def test_card_gives_the_hub_judged_results_first_and_known_items_as_another_dataset():
    card = render_model_card(make_run(), make_report(judged=judged_part()), system="tuned")
    results = ModelCard(card).data.eval_results
    assert [(one.metric_name, one.metric_value) for one in results[:4]] == [
        ("ndcg@10 (judged, lower bound)", 0.547),
        ("precision@5 (judged, lower bound)", 0.3),
        ("wrong@10 (judged, upper bound)", 0.41),
        ("ndcg@10 (known item)", 0.6),
    ]
    assert {one.dataset_name for one in results[:3]} == {"judged queries over job listings (200 listings)"}
    assert {one.dataset_name for one in results[3:]} == {"known items of job listings (200 listings)"}
    card = render_model_card(make_run(), make_report(judged=judged_part()), system="base")
    assert ModelCard(card).data.eval_results[0].metric_name == "ndcg@10 (judged)"


def test_card_tables_are_markdown_tables():
    """A blank line, the head, the rule, the rows: no line of a table stands alone."""
    card = render_model_card(make_run(), make_report(judged=judged_part()), system="tuned")
    assert "\n\n\n" not in card
    for head in (
        "| judged metric | base | tuned (too little judged) |",
        "| judged ndcg@10 by kind of query | base | tuned (too little judged) |",
        "| stated in judged queries | chance | base | tuned | possible |",
        "| known-item metric | base | tuned | bm25 |",
        "| known-item ndcg@10 by style | base | tuned | bm25 |",
        "| known-item ndcg@10 with typing errors | base | tuned | bm25 |",
    ):
        assert f"\n\n{head}\n|{'---|' * (head.count('|') - 1)}\n| " in card
    assert "\n\n| everyday sentences | base |\n|---|---|\n| in the right order | 0.900 [0.850, 0.950] |\n" in card
    assert "\n| Spearman | 0.800 |\n" in card


def test_card_tables_hold_bars_and_line_breaks_of_kinds_and_names():
    """A kind comes out of a file, a system's name out of a command line."""
    names = ("x|y", "tuned")
    systems = dict(zip(names, judged_part()["systems"].values(), strict=True))
    part = judged_part(kinds={"a|b\nc": group_row(6, names)}, systems=systems, comparisons=[])
    card = render_model_card(make_run(), make_report(judged=part), system="tuned")
    assert "\n| judged metric | x\\|y | tuned (too little judged) |\n|---|---|---|\n" in card
    assert "\n| a\\|b c (6) | 0.500 [0.400, 0.600] | 0.500 [0.400, 0.600] |\n" in card


def test_verdicts_say_where_bm25_wins_seen_from_the_model():
    said = render_model_card(make_run(), make_report(), system="tuned")
    assert "**WIN**: by known-item ndcg@10, tuned is better than base (+0.200 [+0.180, +0.220], p = 0.0100)." in said
    assert "**LOSS**: by known-item ndcg@10, tuned is worse than bm25 (-0.200 [-0.220, -0.180], p = 0.0100)." in said


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
