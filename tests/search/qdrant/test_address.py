"""What --engine may name, and what it must not give away."""

import sys

import pytest

from search.qdrant.address import API_KEY, collection_name, parse_engine
from search.qdrant.opening import open_engine


@pytest.mark.parametrize(
    ("text", "kind", "where"),
    [
        ("http://localhost:6333", "server", "http://localhost:6333"),
        ("https://some.host/qdrant/", "server", "https://some.host/qdrant"),
        ("local:build/engine", "local", "build/engine"),
        ("edge:build/engine", "edge", "build/engine"),
    ],
)
def test_address_is_read_and_written(text, kind, where, monkeypatch):
    monkeypatch.setenv(API_KEY, "secret")
    address = parse_engine(text)
    assert (address.kind, address.where) == (kind, where)
    assert str(address) == text.rstrip("/")
    assert "secret" not in repr(address)
    assert address.key == ("secret" if kind == "server" else None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected --engine as http://HOST:PORT"),
        ("qdrant", "got 'qdrant'"),
        ("local:", "got 'local:'"),
        ("ftp://host", "got 'ftp://host'"),
        ("http://host:port", "got a URL that is none"),
        ("http://me:secret@host", f"a key goes into the variable {API_KEY}"),
        ("https://host?api-key=secret", f"a key goes into the variable {API_KEY}"),
        ("http://far.host", "expected https:// for a server that gets the key"),
    ],
)
def test_other_addresses_are_refused_without_their_key(text, message, monkeypatch):
    monkeypatch.setenv(API_KEY, "secret")
    with pytest.raises(ValueError, match=message) as raised:
        parse_engine(text)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(("kind", "package"), [("local", "qdrant_client"), ("edge", "qdrant_edge")])
def test_missing_package_is_named_with_its_install_line(kind, package, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    for module in ("search.qdrant.server", "search.qdrant.edge"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.raises(ValueError, match=rf"install it with `pip install {package.replace('_', '-')}"):
        open_engine(f"{kind}:{tmp_path}")


def test_collection_has_the_dataset_s_name_wherever_it_lies():
    assert collection_name("build/dataset/", "ab") == "dataset-ab"
    assert collection_name("me/My jobs@v1", "ab") == "My-jobs-ab"
    assert collection_name("..", "ab") == "dataset-ab"
