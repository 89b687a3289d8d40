"""What programs and agents may call: the comparison as JSON, from the very function that the page uses."""

from typing import TypedDict

import gradio as gr

from comparison.moves import Comparison
from comparison.request import DEFAULT_RESULTS, ComparisonRequest, read_request
from pages.context import PageContext
from search.records import Ranking


class Result(TypedDict):
    """One ranked listing; `other_rank` is its rank in the other of the two lists, or None."""

    rank: int
    listing_id: str
    title: str
    company: str
    location: str
    work_mode: str
    seniority: str
    family: str | None
    score: float
    passage: str
    other_rank: int | None


class CompareAnswer(TypedDict):
    """Both lists and what lies between them."""

    query: str
    address: str
    notices: list[str]
    base_model: str
    tuned_model: str
    base: list[Result]
    tuned: list[Result]
    overlap: float
    rank_biased_overlap: float
    moved_up: int
    moved_down: int
    same_place: int
    new: int
    gone: int


class SearchAnswer(TypedDict):
    """One list."""

    query: str
    notices: list[str]
    model: str
    results: list[Result]


def build_api(context: PageContext) -> None:
    """Offer `compare` and `search` as endpoints and as MCP tools; called inside a `gr.Blocks`."""

    def compare(
        query: str,
        k: int = DEFAULT_RESULTS,
        family: str = "",
        mode: str = "",
        seniority: str = "",
        location: str = "",
        without: str = "",
    ) -> CompareAnswer:
        """Rank job listings for a person's skills with two embedding models, one off the shelf and one fine-tuned for job search, and tell what fine-tuning changed.

        Args:
            query: Skills, experience and wishes in plain words, such as "python, dbt, 3 years in banking".
            k: How many listings of each list, from 5 to 25.
            family: Only this job family, such as "Data Scientist"; empty for all.
            mode: Only this work mode, such as "Remote"; empty for all.
            seniority: Only this seniority, such as "Senior"; empty for all.
            location: Only places that contain this; empty for all.
            without: Words, apart by commas, that a listing must not contain; empty for none.
        """
        request, notices = _read(context, query, k, family, mode, seniority, location, without)
        comparison = context.compare(request)
        return _compare_answer(context, request, comparison, notices)

    def search(
        query: str,
        k: int = DEFAULT_RESULTS,
        family: str = "",
        mode: str = "",
        seniority: str = "",
        location: str = "",
        without: str = "",
    ) -> SearchAnswer:
        """Find the job listings that fit a person's skills best, ranked by the embedding model that was fine-tuned for job search.

        Args:
            query: Skills, experience and wishes in plain words, such as "python, dbt, 3 years in banking".
            k: How many listings, from 5 to 25.
            family: Only this job family, such as "Data Scientist"; empty for all.
            mode: Only this work mode, such as "Remote"; empty for all.
            seniority: Only this seniority, such as "Senior"; empty for all.
            location: Only places that contain this; empty for all.
            without: Words, apart by commas, that a listing must not contain; empty for none.
        """
        request, notices = _read(context, query, k, family, mode, seniority, location, without)
        comparison = context.compare(request)
        results = _results(context, comparison.tuned, comparison.base)
        return SearchAnswer(query=request.query, notices=notices, model=context.systems.tuned_name, results=results)

    gr.api(compare, api_name="compare", queue=False)
    gr.api(search, api_name="search", queue=False)


def _read(context: PageContext, query: str, k: int, *filters: str) -> tuple[ComparisonRequest, list[str]]:
    """Read a call as an address is read.

    Raises:
        gr.Error: the query is empty.
    """
    names = ("family", "mode", "seniority", "location", "without")
    values = {"q": query or "", "k": str(k), **dict(zip(names, (value or "" for value in filters), strict=True))}
    request, notices = read_request(values, choices=context.choices, thirds=context.thirds)
    if not request.query:
        raise gr.Error("expected a query, got an empty one; say the skills in `query`")
    return request, notices


def _compare_answer(
    context: PageContext, request: ComparisonRequest, comparison: Comparison, notices: list[str]
) -> CompareAnswer:
    return CompareAnswer(
        query=request.query,
        address=f"?{request.to_address()}",
        notices=notices,
        base_model=context.systems.base_name,
        tuned_model=context.systems.tuned_name,
        base=_results(context, comparison.base, comparison.tuned),
        tuned=_results(context, comparison.tuned, comparison.base),
        overlap=round(comparison.overlap, 4),
        rank_biased_overlap=round(comparison.rank_biased_overlap, 4),
        moved_up=comparison.count("risen"),
        moved_down=comparison.count("fallen"),
        same_place=comparison.count("unchanged"),
        new=comparison.count("entered"),
        gone=comparison.count("left"),
    )


def _results(context: PageContext, ranking: Ranking, other: Ranking) -> list[Result]:
    results = []
    for hit in ranking.hits:
        one = context.systems.listings[hit.listing_id]
        results.append(
            Result(
                rank=hit.rank,
                listing_id=hit.listing_id,
                title=one.title,
                company=one.company,
                location=one.location,
                work_mode=one.work_mode,
                seniority=one.seniority,
                family=one.family,
                score=round(hit.score, 4),
                passage=one.text[slice(*hit.passage)] if hit.passage else one.text,
                other_rank=other.ranks.get(hit.listing_id),
            )
        )
    return results
