"""Queries of several answers, and listings in two languages: built, trained on and measured by tiny random models."""

import json
import random
from pathlib import Path

import pytest
from datasets import load_dataset
from tokenizers import BertWordPieceTokenizer
from transformers import BertConfig, BertModel, BertTokenizerFast, set_seed

from data.__main__ import main as data
from data.dataset import load_job_dataset
from search.benchmark_report import BenchmarkReport
from tests.test_trust import bert_with_prompts, save_model
from train import benchmark
from train.__main__ import main as train

pytestmark = pytest.mark.slow

CASES = Path(__file__).parent / "data" / "cases"
ENGLISH = (
    "We look for someone who can {0} for our {1} and who knows how to {2} with the people of the {3}.",
    "Every week you talk with the {3}, so that the {1} gets what it needs, and you {0} where it is slow.",
    "You bring some years with {4}, and you like to {2} with others before anybody has to ask you for it.",
)
GERMAN = (
    "Wir suchen jemanden, der für unsere {1} gerne {0} kann und weiß, wie man zusammen mit der {3} gut {2} kann.",
    "Jede Woche sprichst du mit der {3}, damit die {1} bekommt, was sie braucht, und du {0}, wo es noch zu langsam ist.",
    "Du bringst einige Jahre Erfahrung mit {4} mit und möchtest mit den anderen {2}, bevor dich jemand darum bitten muss.",
)
ENGLISH_WORDS = (("measure", "plan", "repair", "draw"), ("bakery", "harbour", "library", "brewery"), ("sort", "write"))
GERMAN_WORDS = (
    ("messen", "planen", "zeichnen"),
    ("Bäckerei", "Brücke", "Bücherei", "Brauerei"),
    ("ordnen", "schreiben"),
)
TOOLS = ("Kafka", "dbt", "Airflow", "Spark", "Snowflake", "Terraform", "Excel", "Scala")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return bert_with_prompts(tmp_path_factory.mktemp("tiny"))


def run(main, *arguments) -> None:
    assert main([str(one) for one in arguments]) == 0


def train_and_measure(dataset: Path, base: Path, out: Path, *options: str) -> tuple[dict, BenchmarkReport]:
    shared = ("--dataset", dataset, "--cache", out / "cache")
    run(train, *shared, "--base", base, "--out", out / "model", "--epochs", "1", "--batch", "16", *options)
    systems = ("--systems", f"base={base}", f"tuned={out / 'model'}", "bm25")
    run(benchmark.main, *shared, *systems, "--json", out / "report.json", "--card", "tuned")
    return json.loads((out / "model" / "run.json").read_text()), BenchmarkReport.load(out / "report.json")


@pytest.mark.parametrize(
    ("source", "given", "options"),
    [
        ("search_term.csv", (), ("--recipe", "shortlist")),
        ("clicks_listings.csv", ("--queries-file", CASES / "clicks.jsonl"), ("--recipe", "tutorial")),
    ],
)
def test_case_all_right_answers_count_in_training_and_in_the_benchmark(tiny, tmp_path, source, given, options):
    """Four searches with 25 listings each: two are trained on, one chooses, one is reported."""
    out = tmp_path / "dataset"
    encoder = ("--encoder", tiny, "--cache", tmp_path / "cache")
    run(data, "build", "--source", CASES / source, "--queries", "given", *given, "--out", out, *encoder)
    counts = json.loads((out / "build.json").read_text())["queries"]
    assert (counts["given"], counts["retained"], counts["duplicate"]) == (100, 100, 0)
    assert (counts["texts"], counts["several_answers"], counts["most_answers"]) == (4, 4, 25)
    dataset = load_job_dataset(str(out))
    assert {split: len(rows) for split, rows in dataset.triplets.items()} == {"train": 2, "validation": 1, "test": 1}
    rows = load_dataset(str(out), split="test", cache_dir=str(tmp_path / "hf"))
    assert (len(set(rows["listing_id_pos"])), len(set(rows["query_id"]))) == (25, 1)
    for triplet in (one for split in dataset.triplets for one in dataset.split(split)):
        assert len(triplet.query.answers) == 25
        assert not set(triplet.query.answers) & set(triplet.negative_ids)
    learned, report = train_and_measure(out, tiny, tmp_path, *options)
    assert learned["train"] == {"listings": 50, "queries": 2, "several_answers": 2}
    assert (report.n_queries, report.several_answers, report.per_query[0].answers) == (1, 1, 25)
    for system in report.systems.values():
        # At most ten of 25 can be among ten.
        assert system.metrics["recall@10"].mean <= 10 / 25
        assert system.metrics["recall@1"].mean in (0, 1 / 25)
    assert "2 queries of the training data have several right answers" in (tmp_path / "model" / "README.md").read_text()


def bilingual_rows() -> list[dict[str, object]]:
    """Forty postings in English and forty in German, with queries in their language."""
    rng = random.Random(1)
    rows = []
    for number in range(80):
        texts, words = ((ENGLISH, ENGLISH_WORDS), (GERMAN, GERMAN_WORDS))[number % 2]
        skill, place = rng.choice(TOOLS), rng.choice(words[1])
        drawn = [rng.choice(words[0]), place, rng.choice(words[2]), rng.choice(words[1]), skill]
        own = " ".join(f"w{number}x{count}" for count in range(40))
        asked = [f"{skill} {number} {'für eine' if number % 2 else 'for a'} {place}"]
        description = " ".join(text.format(*drawn) for text in texts)
        row = {"listing_id": f"l{number:02d}", "title": "Data Engineer", "description": f"{description} {own}"}
        rows.append(row | {"queries": asked})
    return rows


def bilingual_bert(folder: Path, texts: list[str]) -> Path:
    """A tiny BERT whose vocabulary is of both languages, umlauts included."""
    set_seed(1)
    body = folder / "bert"
    body.mkdir()
    pieces = BertWordPieceTokenizer(strip_accents=False, lowercase=True)
    pieces.train_from_iterator(texts, vocab_size=900, show_progress=False)
    pieces.save_model(str(body))
    words = BertTokenizerFast(str(body / "vocab.txt"), strip_accents=False)
    words.save_pretrained(body)
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    BertModel(config).save_pretrained(body)
    return save_model(body, folder / "bilingual", 256, {})


def test_listings_in_two_languages_are_built_trained_on_and_measured_with_a_base_for_both(tmp_path, write_lines):
    rows = bilingual_rows()
    base = bilingual_bert(tmp_path, [str(row["description"]) for row in rows])
    out = tmp_path / "dataset"
    encoder = ("--encoder", base, "--cache", tmp_path / "cache")
    run(data, "build", "--source", write_lines(*rows), "--languages", "en,de", "--out", out, *encoder)
    record = json.loads((out / "build.json").read_text())
    assert record["listings"]["languages"] == {"en": 40, "de": 40}
    assert "language:\n- en\n- de\n" in (out / "README.md").read_text()
    learned, report = train_and_measure(out, base, tmp_path)
    assert learned["languages"] == ["de", "en"]
    assert report.n_listings == 80
    card = (tmp_path / "model" / "README.md").read_text()
    assert "language:\n- de\n- en\n" in card
    assert "Job listings in de, en." in card
