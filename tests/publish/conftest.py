"""What the tests of publishing share: three repositories of alice's on the local Hub."""

import shutil
from types import SimpleNamespace

import pytest

from search.encoding.loading import DEFAULT_BASE

SPACE = "alice/jobs"
REPOS = (("dataset", "alice/jobs-dataset"), ("model", "alice/jobs-model"), ("space", SPACE))


@pytest.fixture
def base(hub):
    """The default base on the Hub, for what does not load it: few bytes."""
    return hub.add_repo("model", DEFAULT_BASE, {"config.json": b"{}", "model.safetensors": b"weights", "x.onnx": b"x"})


@pytest.fixture
def folders(loop, tmp_path):
    """A real dataset, what looks like a model to the uploader, and the loop that they came from."""
    model = tmp_path / "model"
    (model / "1_Pooling").mkdir(parents=True)
    shutil.copy(loop.model / "run.json", model / "run.json")
    (model / "model.safetensors").write_bytes(b"weights")
    (model / "1_Pooling" / "config.json").write_text("{}")
    (model / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    return loop.dataset, model, loop


def arguments(folders, *more):
    dataset, model, loop = folders
    return [
        "--dataset", str(dataset), "--model", str(model), "--space", SPACE,
        "--benchmark", str(loop.benchmark), "--index", str(loop.cache), *more,
    ]  # fmt: skip


def commits(hub):
    return {kind: len(hub.repo(kind, name).commits) if hub.has_repo(kind, name) else 0 for kind, name in REPOS}


def all_files(hub):
    return {kind: hub.repo(kind, name).files for kind, name in REPOS if hub.has_repo(kind, name)}


@pytest.fixture
def quick_client(monkeypatch):
    """The real client, without its pauses."""
    monkeypatch.setattr("huggingface_hub.utils._http.time", SimpleNamespace(sleep=lambda seconds: None))
