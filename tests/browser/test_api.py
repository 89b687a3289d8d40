"""Programs and agents: gradio_client and an MCP client call the served app."""

import contextlib
import html
import io
import json
import re

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client
from playwright.sync_api import expect

from tests.browser.test_page import ask, ids
from tests.coroutines import run_coroutine
from views.templating import render

pytestmark = pytest.mark.browser
QUERY = "dbt, airflow, kafka"


def test_client_gets_what_the_page_shows(page, url):
    ask(page, QUERY)
    expect(page.locator(".sl-card")).to_have_count(20)
    client = Client(url, verbose=False)
    answer = client.predict(query=QUERY, api_name="/compare")
    assert [result["listing_id"] for result in answer["base"]] == ids(page, "base")
    assert [result["listing_id"] for result in answer["tuned"]] == ids(page, "tuned")
    assert answer["tuned"][0]["passage"]
    assert page.locator(".sl-numbers").inner_text().startswith(f"{answer['overlap'] * 10:.0f} of 10 jobs in both lists")
    for side, other in (("base", "tuned"), ("tuned", "base")):
        ranks = page.eval_on_selector_all(f".sl-{side} .sl-card", "rows => rows.map(row => Number(row.dataset.other))")
        assert ranks == [result[f"{other}_rank_in_all"] for result in answer[side]]
        assert [result[f"{side}_rank_in_all"] for result in answer[side]] == list(range(1, 11))
        leaving = {str(rank) for rank in ranks if rank > 10}
        assert leaving <= set(page.locator(".sl-lines text").all_text_contents())
    found = client.predict(query=QUERY, k=5, family="Data Engineer", api_name="/search")
    assert len(found["results"]) == 5
    assert {result["family"] for result in found["results"]} == {"Data Engineer"}


def test_client_empty_query_is_one_clear_line(url):
    with pytest.raises(AppError, match="expected a query, got an empty one"):
        Client(url, verbose=False).predict(query=" ", api_name="/compare")


def test_snippet_of_the_about_tab_runs(url):
    names = {"base": "b", "tuned": "t"}
    about = render("about.html", names=names, fictional=True, scoring="first", client="http://127.0.0.1:7860")
    snippet = html.unescape(re.search("<pre>(.*)</pre>", about, re.DOTALL)[1])
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(snippet.replace("http://127.0.0.1:7860", url.rstrip("/")), {})  # noqa: S102 (our own text)
    titles = out.getvalue().splitlines()[-1]
    assert titles.startswith("[")
    assert titles.count("'") >= 10 or titles.count('"') >= 10


async def call_tools(url):
    async with (
        streamablehttp_client(f"{url}gradio_api/mcp/") as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        name = next(name for name in tools if name.endswith("compare"))
        answer = await session.call_tool(name, {"query": QUERY, "k": 10})
        return tools, answer


def test_mcp_client_gets_what_the_page_shows(page, url):
    ask(page, QUERY)
    expect(page.locator(".sl-card")).to_have_count(20)
    tools, answer = run_coroutine(call_tools(url))
    assert len(tools) == 2
    assert all("embedding model" in (tool.description or "") for tool in tools.values())
    assert not answer.isError
    found = json.loads(answer.content[0].text)
    assert found == answer.structuredContent
    assert [result["listing_id"] for result in found["tuned"]] == ids(page, "tuned")
