"""What the tests of the local Hub share: it, alice's client, and small files."""

import io

import huggingface_hub
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import HfApi, hf_hub_download

from tests.hub import LocalHub

TOKEN = "hf_testtoken"  # noqa: S105 - no secret: the local Hub's own
ROWS = [{"text": "hello", "n": 1}, {"text": "world", "n": 2}]
CSV = b"text,n\nhello,1\nworld,2\n"
NO_TORCH = {"USE_TORCH": "0"}


@pytest.fixture
def hub():
    with LocalHub(tokens={TOKEN: "alice", "hf_other": "bob"}, read_tokens={"hf_reader": "alice"}) as hub:
        yield hub
        assert hub.unknown == []
        assert hub.faults_left == []
        assert "hf_" not in repr(hub.requests)


@pytest.fixture
def api(hub, monkeypatch):
    """Alice's client, in this Python."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
    yield HfApi(endpoint=hub.endpoint, token=TOKEN)
    huggingface_hub.close_session()


def parquet_bytes(rows):
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


def fetch(hub, path, folder, repo_id="alice/jobs", **how):
    """Return what `hf_hub_download` brings of a dataset's file."""
    asked = {"token": TOKEN, "repo_type": "dataset", "cache_dir": folder, "endpoint": hub.endpoint} | how
    with open(hf_hub_download(repo_id, path, **asked), "rb") as file:  # noqa: PTH123 - the client returns a str
        return file.read()
