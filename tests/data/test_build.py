"""The whole build on small input, and the dataset folder read back."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from datasets import load_dataset
from pyarrow import parquet

from data.__main__ import main
from data.build_config import QueryChatConfig
from data.dataset import load_job_dataset
from data.manifest import BuildRecord
from tests.conftest import small_corpus

NIGHT_SHIFTS = (
    "We look for a nurse who likes night shifts and calm people, knows the ward, and has some years on it behind her."
)

pytestmark = pytest.mark.usefixtures("fake_model")


def test_build_counts_what_each_step_kept_and_dropped(build):
    rows = small_corpus(60)
    rows.append({"listing_id": "nurse", "title": "Nurse", "description": "Data Scientist wanted elsewhere"})
    rows.append({"listing_id": "blank", "title": "Data Analyst", "description": "<p> </p>"})
    rows.append({**rows[0], "listing_id": "copy", "location": "City", "queries": ["another wish", "SKILL0 please"]})
    record = build(rows)
    counts = record.listings
    assert (counts.read, counts.dropped_by_title, counts.dropped_empty) == (63, 1, 1)
    assert (counts.dropped_near_duplicates, counts.retained, counts.near_duplicate_groups) == (1, 60, 1)
    assert (record.queries.given, record.queries.duplicate, record.queries.retained) == (122, 1, 121)
    assert sum(split.triplets for split in record.splits.values()) == 121
    assert sum(split.listings for split in record.splits.values()) == 60


def test_build_folder_is_read_by_plain_load_dataset(build, tmp_path):
    build(small_corpus(60))
    triplets = load_dataset(str(tmp_path / "out"))
    assert set(triplets) == {"train", "validation", "test"}
    assert triplets["train"].column_names[:3] == ["query", "job_description_pos", "job_description_neg"]
    corpus = load_dataset(str(tmp_path / "out"), "listings")
    assert corpus["corpus"].num_rows == 60
    row = triplets["test"][0]
    texts = {one["listing_id"]: f"{one['title']}\n{one['facts']}\n{one['text']}" for one in corpus["corpus"]}
    assert row["job_description_pos"] == texts[row["listing_id_pos"]]
    assert row["job_description_neg"] == texts[row["listing_id_neg"]]


def test_build_is_the_same_twice(build, tmp_path):
    first = build(small_corpus(60))
    second = build(small_corpus(60), overwrite=True)
    assert first == second


def test_build_titles_all_keeps_other_occupations(build):
    rows = [*small_corpus(60), {"listing_id": "nurse", "title": "Nurse", "description": NIGHT_SHIFTS}]
    assert build(rows, titles="all").listings.families["other"] == 1


def test_build_says_when_the_title_filter_drops_nearly_all(build, caplog):
    caplog.set_level("WARNING")
    nurses = [{**row, "title": "Nurse", "listing_id": f"n{n}"} for n, row in enumerate(small_corpus(700)[100:])]
    build([*small_corpus(60), *nurses])
    assert "dropped 600 of 660 listings; --titles all keeps them" in caplog.text


def test_build_titles_of_other_occupations_only(build):
    rows = [{**row, "title": "Night Nurse"} for row in small_corpus(60)]
    assert build(rows, titles="Nurse").listings.families == {"Nurse": 60}


def test_build_without_matching_titles_says_what_to_do(build):
    with pytest.raises(ValueError, match="--titles all"):
        build([{**row, "title": "Nurse"} for row in small_corpus(3)])


def test_build_of_empty_descriptions_names_the_description(build):
    with pytest.raises(ValueError, match="of 3 with a fitting title 3 have none"):
        build([{**row, "description": " "} for row in small_corpus(3)])


def test_build_queries_of_other_listings_are_named(build, write_lines):
    given = write_lines({"listing_id": "unknown", "skills": "sql"}, name="pairs.jsonl")
    with pytest.raises(ValueError, match="1 name no listing of the corpus"):
        build(small_corpus(3), queries_file=given)


def test_build_without_queries_says_what_to_do(build):
    with pytest.raises(ValueError, match="name a --queries-file"):
        build([{**row, "queries": []} for row in small_corpus(3)])


def test_build_never_replaces_a_folder_it_did_not_make(build, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match="holds other things"):
        build(small_corpus(60), overwrite=True)
    assert (tmp_path / "out" / "thesis.txt").read_text() == "years of work"


def test_build_keeps_an_earlier_result_without_overwrite(build):
    build(small_corpus(60))
    with pytest.raises(ValueError, match="add --overwrite"):
        build(small_corpus(60))


def test_build_takes_a_row_for_each_query(build):
    rows = [{**row, "queries": [query]} for row in small_corpus(60) for query in row["queries"]]
    record = build(rows)
    assert (record.queries.given, record.queries.retained) == (120, 120)
    assert record.listings.dropped_repeated == 60


def test_build_shortens_what_is_endless_and_counts_it(build):
    rows = small_corpus(60)
    rows[0]["description"] += " and more of the same" * 3000
    assert build(rows).listings.shortened == 1


def test_build_raw_text_hides_no_contact_behind_markup(build, tmp_path):
    rows = small_corpus(60)
    rows[3]["description"] += " Write to jane&#64;example.com or 212-<b>736</b>-5000."
    build(rows)
    table = parquet.read_table(tmp_path / "out" / "listings" / "corpus.parquet").to_pylist()
    raw = next(row["raw_text"] for row in table if row["listing_id"] == "job-003")
    assert raw.endswith("Write to [email] or [phone].")


def test_build_drops_what_is_short_foreign_or_repeated_and_counts_it(build):
    german = (
        "Wir suchen eine Kollegin, die gern mit Daten arbeitet, Berichte schreibt und den Vertrieb mit Zahlen "
        "versorgt. Sie bringen mehrere Jahre Erfahrung mit und freuen sich auf ein kleines Team in Hamburg."
    )
    rows = [
        *small_corpus(60),
        {"listing_id": "short", "title": "Data Analyst", "description": "Five words are too few"},
        {"listing_id": "german", "title": "Data Analyst", "description": german},
        small_corpus(1)[0],
    ]
    counts = build(rows).listings
    assert (counts.dropped_too_short, counts.dropped_not_english, counts.dropped_repeated) == (1, 1, 1)
    assert counts.retained == 60


def test_build_masks_contacts_everywhere(build, tmp_path):
    rows = small_corpus(60)
    rows[3] |= {
        "title": "Data Scientist call (415) 555-2671",
        "description": f"{rows[3]['description']} Write to jane.doe@example.com or +44 20 7946 0958, "
        "salary 120,000 to 150,000.",
        "queries": ["ask jane.doe@example.com for skill3"],
    }
    build(rows)
    text = json.dumps(
        [row for path in (tmp_path / "out").rglob("*.parquet") for row in parquet.read_table(path).to_pylist()]
    )
    assert "jane.doe" not in text
    assert "7946" not in text
    assert "555-2671" not in text
    assert "salary 120,000 to 150,000" in text
    assert "ask [email] for skill3" in text


def test_build_hard_negatives_per_query_are_rows(build, tmp_path):
    record = build(small_corpus(80), negatives="hard", negatives_per_query=2)
    assert set(record.negatives.refused) == {"same_job", "near_positive", "same_words", "fallback"}
    dataset = load_job_dataset(str(tmp_path / "out"))
    for split, triplets in dataset.triplets.items():
        own = {triplet.query.listing_id for triplet in triplets}
        assert all(
            name in own and name != triplet.query.listing_id for triplet in triplets for name in triplet.negative_ids
        )
        rows = parquet.read_metadata(tmp_path / "out" / "triplets" / f"{split}.parquet").num_rows
        assert rows == record.splits[split].triplets == sum(len(triplet.negative_ids) for triplet in triplets)
    assert any(len(triplet.negative_ids) == 2 for triplet in dataset.split("train"))
    assert len(dataset.queries("train")) == record.splits["train"].queries


SKILLS = [
    "Python",
    "SQL",
    "Tableau",
    "Spark",
    "Kafka",
    "Excel",
    "Airflow",
    "Looker",
    "Snowflake",
    "Docker",
    "Scala",
    "Hive",
    "Pandas",
    "Redis",
    "Terraform",
    "Java",
]


def with_requirements(count):
    rows = small_corpus(count)
    for number, row in enumerate(rows):
        four = ", ".join(random.Random(number).sample(SKILLS, 4))
        row["description"] += f"\nRequirements:\n{four}, dashboards."
        row["queries"] = []
    return rows


def test_build_extractive_queries_name_the_listings_skills(build, tmp_path):
    record = build(with_requirements(80), queries="extractive", queries_per_listing=2, limit=70)
    dataset = load_job_dataset(str(tmp_path / "out"))
    texts = {listing.listing_id: listing.text.lower() for listing in dataset.listings}
    skills = [query for query in dataset.queries("train") if query.style == "skills"]
    assert {query.style for query in dataset.queries("train")} == {"skills", "profile"}
    assert all(
        word in texts[query.listing_id]
        for query in skills
        for word in query.text.replace(",", "").split()
        if word != "and"
    )
    assert sum(split.listings for split in record.splits.values()) <= 70
    assert "weaker than" in " ".join((tmp_path / "out" / "README.md").read_text().split())


def test_build_takes_columns_and_license(build, tmp_path):
    rows = [
        {"nr": n, "what": row["title"], "long": row["description"], "ask": row["queries"][0]}
        for n, row in enumerate(small_corpus(60))
    ]
    record = build(rows, columns="listing_id=nr,title=what,description=long,queries=ask", license="mit")
    assert record.queries.retained == 60
    assert (tmp_path / "out" / "README.md").read_text().startswith("---\nlicense: mit\n")


def test_build_measures_what_is_read_of_the_requirements(build):
    """100 characters are read; the requirements stand at the end, where none of them is."""
    coverage = build(with_requirements(60), queries="extractive").coverage
    assert coverage.after.n_with_requirements == coverage.after.n_listings == 60
    assert coverage.after.share_read == 0.0
    rows = [
        {
            **row,
            "description": "Requirements:\nPython, SQL and some luck with the data of our customers, "
            "every day and all through the year, at home.",
        }
        for row in small_corpus(1)
    ]
    rows += small_corpus(40)[1:]
    measured = build(rows, overwrite=True).coverage.after
    assert measured.n_with_requirements == 1
    assert 0.5 < measured.share_read < 0.9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"negatives_per_query": 0}, "--negatives-per-query of at least 1"),
        ({"negatives_per_query": 2}, "one negative a query with --negatives least-similar"),
        ({"limit": -1}, "--limit of at least 0"),
        ({"queries": "llm"}, "expected a --model"),
        ({"queries": "llm", "chat_options": QueryChatConfig(base_url="http://127.0.0.1:9")}, "expected a --model"),
        ({"queries": "extractive", "queries_file": Path("x.jsonl")}, "expected --queries given"),
        ({"price": (1.0, 1.0)}, "--price without --dry-run has none"),
        ({"private": True}, "--private without --push has none"),
        ({"limit": 5}, "--limit with --queries given has none"),
        ({"queries_per_listing": 5}, "--queries-per-listing with --queries given has none"),
        ({"dry_run": True}, "expected --queries llm with --dry-run"),
        ({"columns": "colour=x"}, "FIELD one of"),
    ],
)
def test_build_options_that_do_not_go_together(build, options, message):
    with pytest.raises(ValueError, match=message):
        build(small_corpus(3), **options)


def test_dry_run_estimates_and_writes_nothing(build, tmp_path, caplog):
    caplog.set_level("INFO")
    chat = QueryChatConfig("m", "http://127.0.0.1:9", journal=tmp_path / "journal.jsonl")
    assert build(small_corpus(60), queries="llm", chat_options=chat, dry_run=True, limit=50, price=(1.0, 2.0)) is None
    assert "50 requests (0 answers are in the journal)" in caplog.text
    assert "$0." in caplog.text
    assert [path.name for path in tmp_path.iterdir()] == ["listings.jsonl"]


def test_build_that_fails_leaves_nothing_behind(build, tmp_path, monkeypatch):
    def fail(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr("search.record_files.save_json", fail)
    with pytest.raises(OSError, match="disk full"):
        build(small_corpus(60))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "listings.jsonl"]


def test_command_chat_options_without_llm_are_refused(capsys, write_lines, tmp_path):
    source = str(write_lines(*small_corpus(3)))
    assert main(["build", "--source", source, "--timeout", "5", "--out", str(tmp_path / "out")]) == 2
    assert "expected --queries llm with --timeout" in capsys.readouterr().err


def test_build_extractive_without_common_terms_says_so(build):
    with pytest.raises(ValueError, match="expected listings that share terms with others"):
        build(small_corpus(60), queries="extractive")


def test_command_bad_input_is_one_line_and_status_2(capsys, tmp_path):
    assert main(["build", "--source", "nowhere.jsonl", "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "there is none; check --source" in error


def test_card_tells_what_was_kept(build, tmp_path):
    record = build(small_corpus(60))
    card = (tmp_path / "out" / "README.md").read_text()
    assert "**60 are the corpus**" in card
    assert "Fictional" not in card
    assert BuildRecord.load(tmp_path / "out" / "build.json") == record


def test_index_of_the_build_is_cached_for_the_next_step(build, tmp_path):
    build(small_corpus(60))
    files = list((tmp_path / "cache").iterdir())
    assert len(files) == 1
    with np.load(files[0]) as saved:
        assert saved["vectors"].shape == (60, 5)
