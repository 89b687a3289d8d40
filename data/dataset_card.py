"""The dataset card: provenance, counts, licence and limits, from build.json."""

from collections.abc import Mapping
from typing import Any

from data.sources.source import SAMPLE_NAME

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
    "The listings come from the source named below{licence}. Check that you may share them before you publish this dataset: "
    "the rights in a posting are its author's."
)
QUERY_NOTES = {
    "given": "The queries came with the listings{file}.",
    "llm": (
        "The queries were written from each listing by the language model `{model}` at temperature {temperature} (prompt "
        "sha256 `{prompt}`). They are what a model thinks people type, not what people typed."
    ),
    "extractive": (
        "The queries were put together from each listing's own terms, without a language model. They are **weaker than "
        "written ones**: they repeat the listing's words, which makes word search look good and teaches an embedder little "
        "about other people's words, and some are clumsy. Use them where there is nothing better."
    ),
}
NEGATIVE_NOTES = {
    "least-similar": (
        "A negative is the least similar listing of the same split, each used once. Such negatives are easy: triplet accuracy "
        "on them saturates near 1 and says little. Judge by ranking the whole corpus."
    ),
    "hard": (
        "Negatives ({per_query} a query) are the listings of the same split nearest to the query, by `{encoder}`, that no guard "
        "took for a positive. Refused: {same_job} almost like the positive, {near_positive} within 5 % of its "
        "score, {same_words} that hold the query's words nearly as well; {fallback} queries were left with the farthest listing. Some "
        "negatives will still fit their query."
    ),
}


def render_dataset_card(build: Mapping[str, Any]) -> str:
    """Return README.md of a dataset folder, with the front matter that `load_dataset` reads."""
    licence = build["license"]
    front = FRONT_MATTER.format(licence=f"license: {licence}\n" if licence else "")
    note = OWN_NOTE.format(licence=f" (licence: {licence})" if licence else ", which states no licence")
    families = "\n".join(f"| {name} | {count} |" for name, count in build["listings"]["families"].items())
    splits = "\n".join(
        f"| {name} | {counts['listings']} | {counts['queries']} | {counts['triplets']} |"
        for name, counts in build["splits"].items()
    )
    return f"""{front}
# Job search triplets

{SAMPLE_NOTE if build["source"] == SAMPLE_NAME else note}

Source: `{build["source"]}`, revision `{build["revision"]}`. {_queries_note(build)}

## What was kept

{_funnel(build)}

| family | listings |
|---|---|
{families}

| split | listings | queries | triplets |
|---|---|---|---|
{splits}

## Columns

- config `triplets` (default): `query`, `job_description_pos`, `job_description_neg` (each description is the
  title, a line break and the cleaned text, which is what the models read), `query_id`, `listing_id_pos`,
  `listing_id_neg`, `style`; a row for each negative of a query.
- config `listings`: the whole corpus, which retrieval metrics rank; `text` is cleaned, `raw_text` as the source had it.

## Cleaning

Markup became text, e-mail addresses and phone numbers were masked (also in `raw_text`), and the equal-opportunity, benefits and
about-the-company parts were cut from `text` by section; the first sentence about the company stays, for it names the industry.

{_reach(build)}

## Limits

- Known-item labels: each query was written for one listing; others may fit it too and count as misses.
- {_negatives_note(build)}
- A listing and its reposts are in one split only, and no query text is in two. Listings that share much of their text, of
  one employer mostly, are nearly always in one split. The split is drawn by hash of a listing's id: it stays when listings are
  added at the end of the source, and wherever they are added with `--splits-from`.
- English only; sections and language are found by rule, so some boilerplate stays and some listings are lost.
"""


def _queries_note(build: Mapping[str, Any]) -> str:
    generator = build["generator"]
    values = {
        "file": f" (`{generator['file']}`)" if "file" in generator else "",
        "model": generator.get("model"),
        "temperature": generator.get("temperature"),
        "prompt": generator.get("prompt_sha256"),
    }
    votes = build["queries"].get("votes", {}).get("kept")
    extra = f" {votes} more, in the train split, come from blind votes on typed queries (`vote`)." if votes else ""
    return QUERY_NOTES[generator["queries"]].format(**values) + extra


def _negatives_note(build: Mapping[str, Any]) -> str:
    negatives = build["negatives"]
    return NEGATIVE_NOTES[negatives["method"]].format(**{**negatives, **negatives.get("refused", {})})


def _funnel(build: Mapping[str, Any]) -> str:
    listings, queries, same = build["listings"], build["queries"], build["near_duplicates"]["same_posting"]
    return f"""Of {listings["read"]} listings read, {listings["dropped_by_title"]} were dropped by the title filter,
{listings["dropped_repeated"]} for repeating an id, {listings["dropped_empty"]} for an empty title or description,
{listings["dropped_too_short"]} for being too short, {listings["dropped_not_english"]} for not being English, and
{listings["dropped_near_duplicates"]} as reposts or near-copies (at least {same["jaccard"]} of all their three-word runs in common, or
{same["containment"]} of the shorter one's); **{listings["kept"]} are the corpus**.
Of {queries["given"]} queries, {queries["kept"]} are kept ({queries["duplicate"]} duplicates, {queries["empty"]} empty,
{queries["too_long"]} too long, {queries["without_listing"]} without a kept listing dropped)."""


def _reach(build: Mapping[str, Any]) -> str:
    before, after = build["reach"]["before"], build["reach"]["after"]
    if not after["n_with_requirements"]:
        return "No listing has a section of requirements under a heading of its own."
    return f"""What `{build["negatives"]["encoder"]}` reads of the requirements, before its token limit cuts the rest (of
{after["n_listings"]} listings drawn, {after["n_with_requirements"]} have a section of requirements):

| | before boilerplate is cut | after |
|---|---|---|
| share of the requirements read, mean | {before["share_read"]:.1%} | {after["share_read"]:.1%} |
| listings whose requirements are read whole | {before["share_read_whole"]:.1%} | {after["share_read_whole"]:.1%} |
| characters of requirements kept | {before["requirement_characters"]} | {after["requirement_characters"]} |"""
