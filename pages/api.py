"""The page's comparison as JSON, for programs and agents."""

from collections.abc import Callable, Mapping
from typing import Any, TypedDict

import gradio as gr

from comparison.moves import Comparison, Side
from comparison.request import BASE, DEFAULT_RESULTS, TUNED, ComparisonRequest, between_models
from pages.arguments import read_arguments
from pages.context import ONE_QUEUE, PageContext


class Result(TypedDict):
    """One ranked listing, with its rank in the other list, and in each system's ranking of all that pass the filters.

    `base_rank_in_all` is the left system's, `tuned_rank_in_all` the right one's; null where the other list does not show it, or where a system does not rank it.
    """

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
    base_rank_in_all: int | None
    tuned_rank_in_all: int | None


class Understood(TypedDict):
    """Something that the query states; `key` names it in `ignore` and `must`."""

    kind: str
    label: str
    text: str
    start: int
    end: int
    values: list[str]
    refused: bool
    required: bool
    key: str


class CompareAnswer(TypedDict):
    """Both lists and what moved between them.

    `left` and `right` name the systems; `base` is the list on the left, `tuned` the one on the right.
    """

    query: str
    understood: list[Understood]
    address: str
    notices: list[str]
    left: str
    right: str
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
    """The list of the tuned model."""

    query: str
    understood: list[Understood]
    notices: list[str]
    model: str
    results: list[Result]


Answer = Callable[[PageContext, ComparisonRequest, list[str]], CompareAnswer | SearchAnswer]


def compare(context: PageContext, request: ComparisonRequest, notices: list[str]) -> CompareAnswer:
    """Rank job listings for someone's skills with two systems, by default with two embedding models.

    One is off the shelf and one fine-tuned for job search; the answer tells what fine-tuning changed. `left` and
    `right` choose other systems.
    """
    comparison = context.compare(request)
    return CompareAnswer(
        query=request.query,
        understood=_understood(comparison, request),
        address=f"?{request.to_address()}",
        notices=[*notices, *context.cautions(comparison)],
        left=request.left,
        right=request.right,
        base_model=context.model_name(comparison.left),
        tuned_model=context.model_name(comparison.right),
        base=_results(context, comparison, "base"),
        tuned=_results(context, comparison, "tuned"),
        overlap=round(comparison.overlap, 4),
        rank_biased_overlap=round(comparison.rank_biased_overlap, 4),
        moved_up=comparison.count("risen"),
        moved_down=comparison.count("fallen"),
        same_place=comparison.count("unchanged"),
        new=comparison.count("entered"),
        gone=comparison.count("left"),
    )


def search(context: PageContext, request: ComparisonRequest, notices: list[str]) -> SearchAnswer:
    """Find the job listings that fit a person's skills best.

    They are ranked by the embedding model that was fine-tuned for job search.
    """
    comparison = context.compare(between_models(request))
    name, notices = context.systems.names["tuned"], [*notices, *context.cautions(comparison)]
    results = _results(context, comparison, "tuned")
    understood = _understood(comparison, request)
    return SearchAnswer(query=request.query, understood=understood, notices=notices, model=name, results=results)


# The second half of both endpoints' docstrings, which agents read.
ARGUMENTS = """
Args:
    query: Skills, experience and wishes in plain words, such as "python, dbt, 3 years in banking".
    k: How many listings of each list, from 5 to 25.
    family: Only this job family, such as "Data Scientist"; empty for all.
    mode: Only this work mode, such as "Remote"; empty for all.
    seniority: Only this seniority, such as "Senior"; empty for all.
    location: Only locations that contain this; empty for all.
    without: Words or phrases, separated by commas, that a listing must not contain, such as "C++, on-call, manag*";
        empty for none.
    understand: "on" to listen to role, level, work mode, place and what the query rules out, with both models alike: a
        listing that contradicts them loses score; "off" to rank the words alone.
    ignore: Keys of what was understood, as in an answer's `understood`, to read as plain words; ";" between them.
    must: Keys of what was understood to make filters, which leave out each listing that contradicts them; ";" between
        them.
"""
SIDES = """    left: The system whose list is `base`; one of {systems}.
    right: The system whose list is `tuned`; one of the same.
"""


def build_endpoints(context: PageContext) -> dict[str, Callable[..., Any]]:
    """Make the functions of both endpoints by name."""
    return {answer.__name__: build_endpoint(context, answer) for answer in (compare, search)}


def build_api(endpoints: Mapping[str, Callable[..., Any]]) -> None:
    """Offer endpoints by name, to clients of Gradio's queue and as MCP tools."""
    for name, endpoint in endpoints.items():
        gr.api(endpoint, api_name=name, queue=False, **ONE_QUEUE)


def build_endpoint(context: PageContext, answer: Answer) -> Callable[..., Any]:
    """Make the function that Gradio offers, with its docstring; only `compare` has two sides to choose."""

    def search_endpoint(
        query: str,
        k: int = DEFAULT_RESULTS,
        family: str = "",
        mode: str = "",
        seniority: str = "",
        location: str = "",
        without: str = "",
        understand: str = "on",
        ignore: str = "",
        must: str = "",
    ) -> Any:
        filters = {"family": family, "mode": mode, "seniority": seniority, "location": location, "without": without}
        values = {"q": query, "k": k, **filters, "understand": understand, "ignore": ignore, "must": must}
        return _answer_to(context, answer, values)

    def compare_endpoint(
        query: str,
        k: int = DEFAULT_RESULTS,
        family: str = "",
        mode: str = "",
        seniority: str = "",
        location: str = "",
        without: str = "",
        understand: str = "on",
        ignore: str = "",
        must: str = "",
        left: str = BASE,
        right: str = TUNED,
    ) -> Any:
        filters = {"family": family, "mode": mode, "seniority": seniority, "location": location, "without": without}
        values = {"q": query, "k": k, **filters, "understand": understand, "ignore": ignore, "must": must}
        return _answer_to(context, answer, values | {"left": left, "right": right})

    is_compare = answer is compare
    endpoint = compare_endpoint if is_compare else search_endpoint
    sides = SIDES.format(systems=", ".join(context.systems.labels)) if is_compare else ""
    endpoint.__name__ = answer.__name__
    endpoint.__doc__ = f"{answer.__doc__}\n{ARGUMENTS}{sides}"
    endpoint.__annotations__["return"] = answer.__annotations__["return"]
    return endpoint


def _answer_to(context: PageContext, answer: Answer, values: Mapping[str, object]) -> CompareAnswer | SearchAnswer:
    try:
        request, notices = context.read_values(read_arguments(values))
        if not request.query:
            raise ValueError("expected a query, got an empty one; say the skills in `query`")
    except ValueError as error:
        # Without a traceback in the log: it is the caller's.
        raise gr.Error(str(error), print_exception=False) from error
    return answer(context, request, notices)


def _understood(comparison: Comparison, request: ComparisonRequest) -> list[Understood]:
    return [
        Understood(
            kind=one.kind,
            label=one.label,
            text=one.text,
            start=one.span[0],
            end=one.span[1],
            values=list(one.values),
            refused=one.is_refused,
            required=one.key in request.required,
            key=one.key,
        )
        for one in comparison.understanding.statements
    ]


def _results(context: PageContext, comparison: Comparison, side: Side) -> list[Result]:
    ranking = comparison.rankings[side]
    other = comparison.base if side == "tuned" else comparison.tuned
    return [
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
            base_rank_in_all=comparison.rank_in_all("base", hit.listing_id),
            tuned_rank_in_all=comparison.rank_in_all("tuned", hit.listing_id),
        )
        for hit in ranking.hits
        for one in [context.systems.listings[hit.listing_id]]
    ]
