"""Proxies of the environment."""

import os

import httpx
import pytest

from pages.web.proxies import bypass_proxies, without_unusable_proxies


@pytest.fixture
def environment(monkeypatch):
    """No proxies but those that a test sets."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_this_machine_is_asked_directly_and_others_by_the_proxy(environment, variable):
    environment.setenv(variable, "http://proxy.example:3128")
    environment.setenv("no_proxy", "intranet.example")
    bypass_proxies("192.0.2.1")
    assert os.environ["NO_PROXY"] == "intranet.example,localhost,127.0.0.1,::1,192.0.2.1"
    with httpx.Client() as client:
        direct = [client._transport_for_url(httpx.URL(f"http://{name}:7860")) for name in ("127.0.0.1", "localhost")]
        assert all(one is client._transport for one in direct)
        assert client._transport_for_url(httpx.URL("http://example.org")) is not client._transport


def test_proxy_that_no_client_here_can_use_is_hidden_for_a_block(environment):
    environment.setenv("ALL_PROXY", "socks5://proxy.example:1080")
    with without_unusable_proxies():
        httpx.Client().close()
    assert os.environ["ALL_PROXY"] == "socks5://proxy.example:1080"
