"""The endpoints for programs and agents, without a server."""

import inspect

import gradio as gr
import pytest
from gradio.utils import get_function_description

from pages.api import CompareAnswer, SearchAnswer, build_api, build_endpoint, build_endpoints, compare, search
from pages.context import PageContext
from tests.coroutines import run_coroutine

LISTENING = ("understand", "ignore", "must")


@pytest.mark.parametrize(("answer", "returned"), [(compare, CompareAnswer), (search, SearchAnswer)])
def test_endpoint_tells_agents_what_it_does_and_each_argument(systems, answer, returned):
    endpoint = build_endpoint(PageContext(systems), answer)
    description, arguments, _ = get_function_description(endpoint)
    assert "embedding model" in description
    sides = ("left", "right") if answer is compare else ()
    assert tuple(arguments) == ("query", "k", "family", "mode", "seniority", "location", "without", *LISTENING, *sides)
    assert all(arguments.values())
    assert inspect.signature(endpoint).return_annotation is returned


def test_endpoints_answer_with_what_the_page_shows(systems):
    context = PageContext(systems)
    both = build_endpoint(context, compare)("sql python", k=5)
    assert [result["listing_id"] for result in both["base"]] == ["a", "b"]
    assert [result["other_rank"] for result in both["base"]] == [2, 1]
    assert [result["base_rank_in_all"] for result in both["base"]] == [1, 2]
    assert [result["tuned_rank_in_all"] for result in both["base"]] == [2, 1]
    assert both["address"] == "?q=sql+python&k=5"
    one = build_endpoint(context, search)("sql python", k=0, without="python")
    assert [result["title"] for result in one["results"]] == [""]
    assert one["notices"] == ["The number of results goes from 5 to 25; 5 are shown."]


def test_compare_takes_any_two_systems_and_names_them(systems):
    endpoint = build_endpoint(PageContext(systems), compare)
    swapped = endpoint("sql python", left="tuned", right="base")
    assert (swapped["left"], swapped["right"]) == ("tuned", "base")
    assert [result["listing_id"] for result in swapped["base"]] == ["b", "a"]
    assert swapped["address"] == "?q=sql+python&left=tuned&right=base"
    unknown = endpoint("sql python", left="bm26")
    assert unknown["left"] == "base"
    assert unknown["notices"] == ["There is no system “bm26” here; it was left out."]


@pytest.mark.parametrize("answer", [compare, search])
def test_endpoints_tell_when_nothing_is_close(stating, answer):
    endpoint = build_endpoint(PageContext(stating), answer)
    assert [notice[:14] for notice in endpoint("zebra")["notices"]] == ["No close match"]
    assert endpoint("sql")["notices"] == []


@pytest.mark.parametrize("answer", [compare, search])
def test_endpoints_tell_what_was_understood(stating, answer):
    query, key = "sql, remote, no on-call", "work_mode:remote"
    endpoint = build_endpoint(PageContext(stating), answer)
    remote, refused = endpoint(query)["understood"]
    assert remote == {
        "kind": "work_mode",
        "label": "remote",
        "text": "remote",
        "start": 5,
        "end": 11,
        "values": ["remote"],
        "refused": False,
        "required": False,
        "key": key,
    }
    assert (refused["label"], refused["refused"]) == ("not: on-call", True)
    assert [one["required"] for one in endpoint(query, must=key)["understood"]] == [True, False]
    assert [one["label"] for one in endpoint(query, ignore=key)["understood"]] == ["not: on-call"]
    assert endpoint(query, understand="off")["understood"] == []
    assert endpoint(query, understand="perhaps")["notices"][0] == (
        "There is no value of understand “perhaps” here; it was left out."
    )


def test_endpoint_ranks_by_what_it_listens_to(stating):
    """By the words alone the first is nearer; it is on site, which costs it 0.1."""

    def ids(**options):
        return [result["listing_id"] for result in endpoint("sql remote", **options)["results"]]

    endpoint = build_endpoint(PageContext(stating), search)
    assert ids(understand="off") == ids(ignore="work_mode:remote") == ["near", "far"]
    assert ids() == ["far", "near"]
    assert ids(must="work_mode:remote") == ["far"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"query": 5}, "expected text in `query`, got a number"),
        ({"query": ["sql"]}, "expected text in `query`, got a list"),
        ({"query": {"q": "sql"}}, "expected text in `query`, got an object"),
        ({"query": "sql \ud800"}, "expected Unicode text in `query`"),
        ({"query": "sql", "family": True}, "expected text in `family`, got true or false"),
        ({"query": "sql", "k": 5.5}, "expected a whole number in `k`, got one with a fraction"),
        ({"query": "sql", "k": float("nan")}, "expected a whole number in `k`"),
        ({"query": "sql", "k": True}, "expected a whole number in `k`, got true or false"),
        ({"query": "sql", "k": [10]}, "expected a whole number in `k`, got a list"),
    ],
)
def test_endpoint_refuses_other_types_in_one_line_and_without_a_traceback(systems, arguments, message):
    with pytest.raises(gr.Error, match=message) as refused:
        build_endpoint(PageContext(systems), compare)(**arguments)
    assert not refused.value.print_exception


@pytest.mark.parametrize(("k", "shown"), [(5.0, 5), ("6", 6), (None, 10), (-1, 5), (1e9, 25), (10**400, 25), (0, 5)])
def test_endpoint_takes_any_whole_number_of_results_and_brings_it_into_its_range(systems, k, shown):
    found = build_endpoint(PageContext(systems), compare)("sql", k=k)
    assert f"k={shown}" in found["address"] or shown == 10
    is_told = k in (-1, 1e9, 10**400, 0)
    assert bool(found["notices"]) == is_told


def test_endpoint_without_a_query_is_one_clear_line(systems):
    with pytest.raises(gr.Error, match="expected a query, got an empty one"):
        build_endpoint(PageContext(systems), search)(" ")


def test_endpoints_are_offered_by_name(systems):
    async def offered():
        with gr.Blocks(analytics_enabled=False) as page:
            build_api(build_endpoints(PageContext(systems)))
        return {function.api_name for function in page.fns.values()}

    # In a loop of its own, as Gradio opens one where there is none and leaves it open.
    assert run_coroutine(offered()) == {"compare", "search"}
