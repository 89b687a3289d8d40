"""Each failure of the Hub while a model or a dataset is fetched: one clear line, and the next start has it."""

import gzip
import re
import shutil

import pytest

from search.encoding.model_files import find_model_file
from tests.conftest import TOKEN
from tests.data.test_hostile_files import HEAD, save_bomb, save_rows, with_card
from tests.hub import run_client
from tests.search.encoding.models import change_settings, save_tiny_model, with_harmless_dense, with_module

pytestmark = pytest.mark.slow

# What is asked for: step -> method and part of the path.
STEPS = {"size": ("HEAD", "/resolve/"), "file": ("GET", "/resolve/"), "list": ("GET", "/api/")}
MODES = ("401", "403", "404", "429", "500", "cut", "silent")
# The others are met by the same lines as these, and silence costs seconds for each of their requests.
CASES = [(step, mode) for step in STEPS for mode in MODES if step == "file" or mode in ("404", "500", "cut")]
# These may leave something in the cache: half a file, or a note that there is none. The others are answers like it.
LASTING = ("404", "cut", "silent")
# transformers does without the list of a model's files where it is refused.
HARMLESS = {f"model:alice/model-list-{mode}" for mode in ("404", "500")}
# One process for all, as importing takes the most time; the client's pauses are left out.
LOAD = """
from types import SimpleNamespace
import huggingface_hub.utils._http
huggingface_hub.utils._http.time = SimpleNamespace(sleep=lambda seconds: None)
from data.dataset import load_job_dataset
from search.encoding.loading import load_encoder

said = {}
for name in NAMES:
    kind, repo_id = name.split(":")
    try:
        (load_encoder if kind == "model" else load_job_dataset)(repo_id)
        said[name] = ""
    except (OSError, ValueError) as error:
        said[name] = str(error)
say(said)
"""


def break_down(hub, address, method, mode):
    if mode == "cut":
        hub.cut(address, after=5, method=method, times=99)
    elif mode == "silent":
        hub.slow(address, seconds=1.5, method=method, times=99)
    else:
        headers = {"Retry-After": "0"} if mode == "429" else {}
        hub.fail(address, status=int(mode), headers=headers, method=method, times=99)


# What a model on the Hub may hold, and what is said of it.
HOSTILE = {
    "adapter": (lambda at: (at / "adapter_config.json").write_text("{}"), "found an adapter"),
    "class": (lambda at: with_module(at, type="os.system"), "expected modules of sentence-transformers"),
    "layers": (lambda at: change_settings(at / "config.json", num_hidden_layers=10**6), "expected num_hidden_layers"),
    "pickled": (with_harmless_dense, "found pytorch_model.bin"),
}


def files_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def add_hostile_models(hub, model, folder):
    """Add a model of each kind; return name -> what is said of it."""
    for name, (damage, _) in HOSTILE.items():
        damage(shutil.copytree(model, folder / name))
        hub.add_repo("model", f"alice/{name}", files_of(folder / name))
    return {f"model:alice/{name}": told for name, (_, told) in HOSTILE.items()}


def test_failures_while_loading_are_one_line_and_the_next_start_loads(hub, folders, tmp_path):
    names = []
    tiny = tmp_path / "tiny"
    tiny.mkdir()
    model = save_tiny_model(tiny)
    for kind, folder in (("model", model), ("dataset", folders[0])):
        files = files_of(folder)
        for step, mode in CASES:
            repo_id = f"alice/{kind}-{step}-{mode}"
            hub.add_repo(kind, repo_id, files)
            method, part = STEPS[step]
            break_down(hub, f"/api/{kind}s/{repo_id}" if part == "/api/" else f"{repo_id}{part}", method, mode)
            names.append(f"{kind}:{repo_id}")
    variables = {"HF_HUB_DOWNLOAD_TIMEOUT": "1"}
    run = {"endpoint": hub.endpoint, "home": tmp_path / "home", "token": TOKEN, "variables": variables, "seconds": 300}
    hostile = add_hostile_models(hub, model, tmp_path)
    failed = run_client(LOAD.replace("NAMES", repr([*hostile, *names])), **run)
    for name, told in hostile.items():
        assert told in failed.pop(name)
    hub.heal()
    lasting = [name for name in names if name.endswith(LASTING)]
    assert len(lasting) == 14
    assert run_client(LOAD.replace("NAMES", repr(lasting)), **run) == dict.fromkeys(lasting, "")
    assert {name for name, said in failed.items() if not said} == HARMLESS
    for name, said in failed.items():
        assert said == "" or re.fullmatch(rf"could not (load|read) the (model|dataset) '{name.split(':')[1]}'.*", said)
        assert TOKEN not in said


def pack_rows(folder):
    (folder / "train.parquet").unlink()
    rows = "query,job_description_pos,job_description_neg\nsql,We need SQL.,We bake.\n"
    (folder / "train.csv.gz").write_bytes(gzip.compress(rows.encode()))


def spoil_datasets(folder, url):
    """Return name -> what makes a dataset hostile, and what is said of it."""
    tag = f"---\na: !!python/object/apply:os.mkdir [{folder / 'exploded'}]\n---\n"
    return {
        "tag": (with_card(tag), "expected plain YAML at the head"),
        "web": (with_card(HEAD.format(url)), f"expected data files inside the dataset, .* names '{url[:40]}"),
        "packed": (pack_rows, "train.csv.gz is none of them"),
        "bomb": (save_bomb, "train.parquet, they unpack to more"),
    }


def test_hostile_datasets_of_the_hub_are_refused_in_one_line_and_not_unpacked(hub, tmp_path):
    """The Hub would tell of a file that was asked for by the card's address, as it has none there."""
    told = {}
    for name, (spoil, said) in spoil_datasets(tmp_path, f"{hub.endpoint}/train.csv").items():
        spoil(save_rows(tmp_path / name))
        hub.add_repo("dataset", f"alice/{name}", files_of(tmp_path / name))
        told[f"dataset:alice/{name}"] = said
    home = tmp_path / "home"
    failed = run_client(LOAD.replace("NAMES", repr([*told])), endpoint=hub.endpoint, home=home, token=TOKEN)
    for name, said in told.items():
        assert re.fullmatch(rf"could not load the dataset '{name.split(':')[1]}': .*{said}.*", failed[name])
    assert not (tmp_path / "exploded").exists()
    assert sum(path.stat().st_size for path in home.rglob("*") if path.is_file()) < 5 << 20


def test_model_file_that_can_not_be_asked_for_is_no_missing_file(hub, quick_client, caplog):
    hub.add_repo("model", "alice/model", {"config.json": b"{}"})
    assert find_model_file("alice/model", "benchmark.json") is None
    assert caplog.text == ""
    hub.fail("/resolve/", status=500, method="HEAD", times=99)
    assert find_model_file("alice/model", "benchmark.json") is None
    assert "could not fetch benchmark.json of alice/model" in caplog.text
    assert TOKEN not in caplog.text
