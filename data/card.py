"""The dataset card: provenance, counts, licence and limits, from build.json."""

from collections.abc import Mapping
from typing import Any

from data.sources import SAMPLE_NAME

FRONT_MATTER = """---
{licence}language:
- en
pretty_name: Shortlist job search triplets
task_categories:
- sentence-similarity
- feature-extraction
tags:
- job-search
- sentence-transformers
- triplets
configs:
- config_name: triplets
  default: true
  data_files:
  - split: train
    path: triplets/train.parquet
  - split: validation
    path: triplets/validation.parquet
  - split: test
    path: triplets/test.parquet
- config_name: listings
  data_files:
  - split: corpus
    path: listings/corpus.parquet
---
"""

SAMPLE_NOTE = (
    "**Fictional.** All listings, companies and queries were written by a language model for the "
    "Shortlist project; no posting or person behind them is real. Numbers measured on it say how "
    "methods compare on this text, not how they do on a real job board."
)
OWN_NOTE = (
    "The listings come from the file named below. Its licence is the source's: check that you may "
    "share them before you publish this dataset."
)


def render_dataset_card(build: Mapping[str, Any]) -> str:
    """Return README.md of a dataset folder, with the front matter that `load_dataset` reads."""
    sample = build["source"] == SAMPLE_NAME
    front = FRONT_MATTER.format(licence="license: cc0-1.0\n" if sample else "")
    listings, queries = build["listings"], build["queries"]
    families = "\n".join(f"| {name} | {count} |" for name, count in listings["families"].items())
    splits = "\n".join(
        f"| {name} | {counts['listings']} | {counts['triplets']} |" for name, counts in build["splits"].items()
    )
    return f"""{front}
# Job search triplets

{SAMPLE_NOTE if sample else OWN_NOTE}

Source: `{build["source"]}` (sha256 `{build["sha256"]["source"]}`), queries: {build["generator"]["queries"]}.

## What was kept

Of {listings["read"]} listings read, {listings["dropped_by_title"]} were dropped by the title filter,
{listings["dropped_empty"]} for an empty description, {listings["dropped_near_duplicates"]} as reposts or near-copies
(Jaccard similarity of three-word runs of at least {build["near_duplicates"]["threshold"]}); **{listings["kept"]} are the corpus**.
Of {queries["given"]} queries, {queries["kept"]} are kept ({queries["duplicate"]} duplicates, {queries["empty"]} empty,
{queries["too_long"]} too long, {queries["without_listing"]} without a kept listing dropped).

| family | listings |
|---|---|
{families}

| split | listings | triplets |
|---|---|---|
{splits}

## Columns

- config `triplets` (default): `query`, `job_description_pos`, `job_description_neg` (each description is the
  title, a line break and the cleaned text, which is what the models read), `query_id`, `listing_id_pos`,
  `listing_id_neg`, `style`.
- config `listings`: the whole corpus, which retrieval metrics rank.

## Limits

- Known-item labels: each query was written for one listing; others may fit it too and count as misses.
- A negative is the least similar listing of the same split, each used once. Such negatives are easy: triplet accuracy on them
  saturates near 1 and says little. Judge by ranking the whole corpus.
- A listing and its reposts are in one split only, and no query text is in two.
"""
