"""Calls drawn from the app's own OpenAPI description, valid ones and broken ones: none makes the server fail."""

import logging

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode

from tests.pages.web.test_surface import client as surface_client

# The client of the surface's tests, under a fixture's name of its own.
client = surface_client
# What the test client takes of a call.
PARTS = ("method", "url", "params", "headers", "cookies", "json", "data", "files")


@pytest.fixture(scope="module")
def calls(client):
    """Strategies of calls, for each operation and for both kinds of data."""
    described = schemathesis.openapi.from_dict(client.get("/gradio_api/openapi.json").json())
    operations = [found.ok() for found in described.get_all_operations()]
    assert {one.path for one in operations} >= {"/gradio_api/call/v2/compare", "/gradio_api/call/v2/search"}
    return [one.as_strategy(generation_mode=mode) for one in operations for mode in GenerationMode]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(choice=st.data())
def test_no_call_of_the_description_makes_the_server_fail(client, calls, caplog, capfd, choice):
    caplog.set_level(logging.WARNING)
    case = choice.draw(choice.draw(st.sampled_from(calls)))
    sent = case.as_transport_kwargs(base_url="http://127.0.0.1")
    answer = client.request(**{name: sent[name] for name in PARTS if sent.get(name) is not None})
    assert answer.status_code < 500, answer.text
    assert "Traceback" not in caplog.text + "".join(capfd.readouterr())
