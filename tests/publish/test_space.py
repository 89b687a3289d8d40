"""The Space's files as they were uploaded, started in a fresh folder with what the Hub has."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from gradio_client import Client

from bench.browser import free_port, wait_until_served
from data.dataset import load_job_dataset
from search.candidates import load_or_build_searcher
from search.encoding.loading import DEFAULT_BASE, load_encoder
from search.encoding.offline_base import installed_base
from tests.hub import client_environment
from tests.publish.conftest import SPACE, arguments
from train.publish import main

pytestmark = pytest.mark.slow
QUERY = "sql dashboards for a museum"

# Stands in for the package of ZeroGPU Spaces: says what it decorated, and when a call got a GPU.
SPACES = """
def GPU(function):
    print(f"decorated {function.__name__}", flush=True)
    def on_gpu(*arguments, **options):
        print("on gpu", flush=True)
        return function(*arguments, **options)
    return on_gpu
"""


@contextmanager
def space_started(hub, folder, home, modules=None, python=sys.executable):
    """Run the Space's files as they were uploaded, in a fresh folder and cache, with nothing but its variables."""
    space = hub.repo("space", SPACE)
    for path, content in {**space.files, **(modules or {})}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    port = free_port()
    environment = client_environment(endpoint=hub.endpoint, home=home, variables=space.variables)
    environment |= {"GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"}
    del environment["PYTHONPATH"]
    log = folder / "app.log"
    with log.open("wb") as output:
        process = subprocess.Popen([python, "app.py"], cwd=folder, env=environment, stdout=output, stderr=output)
    try:
        wait_until_served(f"http://127.0.0.1:{port}/", process, log)
        yield f"http://127.0.0.1:{port}/", log
    finally:
        process.terminate()
        process.wait(timeout=20)


def add_base(hub):
    """Put the default base on the Hub, with its real weights."""
    folder = installed_base()
    files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    return hub.add_repo("model", DEFAULT_BASE, files)


@pytest.fixture
def whole_base(hub):
    return add_base(hub)


def test_whole_circle_from_training_to_a_fresh_space_with_the_same_top_10(hub, whole_base, loop, tmp_path):
    """On ZeroGPU; without it the app is the one that the browser tests start."""
    modules = {"spaces.py": SPACES.encode()}
    assert main(arguments((loop.dataset, loop.model, loop))) == 0
    model = hub.repo("model", "alice/jobs-model")
    with space_started(hub, tmp_path / "space", tmp_path / "home", modules) as (address, log):
        client = Client(address, verbose=False, download_files=str(tmp_path / "files"))
        # The start has to do without the GPU, which comes for a visitor's request only.
        assert "on gpu" not in log.read_text().splitlines()
        answer = client.predict(query=QUERY, k=10, api_name="/compare")
    listings = load_job_dataset(str(loop.dataset)).listings
    for side, name in (("base", DEFAULT_BASE), ("tuned", str(loop.model))):
        encoder = load_encoder(name)
        # Both as the run's recipe scores listings.
        local = load_or_build_searcher(encoder, listings, loop.cache, scoring="late_interaction").search(QUERY, k=10)
        assert [row["listing_id"] for row in answer[side]] == list(local.listing_ids)
    assert answer["tuned_model"] == f"alice/jobs-model@{model.head.sha[:7]}"
    published = {Path(path).name: content for path, content in model.files.items() if path.startswith("index/")}
    assert len(published) == 4
    cached = {file.name: file.read_bytes() for file in (tmp_path / "space" / "build" / "index").glob("*.npz")}
    assert {name: cached[name] for name in published} == published
    assert "Batches" not in log.read_text()
    said = log.read_text().splitlines()
    assert said.count("decorated embed_query_on_gpu") == 1
    assert said.count("on gpu") == 2
