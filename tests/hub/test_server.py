"""The real clients against the local Hub of tests/hub.

Where a test needs no other Python, `HfApi(endpoint=...)` is used in-process (see tests/hub/__init__.py).
"""

import json
import random

import pytest
from huggingface_hub.errors import (
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from tests.hub import ClientError, run_client
from tests.hub.conftest import CSV, NO_TORCH, ROWS, TOKEN, fetch, parquet_bytes

pytestmark = pytest.mark.slow


def test_upload_folder_comes_back_byte_for_byte_and_unchanged_files_make_no_commit(hub, tmp_path):
    files = {
        "README.md": b"# Jobs\n",
        "data/train.csv": CSV,
        "data/train.parquet": parquet_bytes(ROWS),
        "weights.dat": random.Random(1).randbytes(11 * 1024 * 1024),
    }
    for name, content in files.items():
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    said = run_client(
        f"""
        from huggingface_hub import create_repo, snapshot_download, upload_folder
        url = create_repo("alice/jobs", repo_type="dataset", private=True)
        what = {{"folder_path": {str(tmp_path / "folder")!r}, "repo_id": "alice/jobs", "repo_type": "dataset"}}
        first = upload_folder(**what, commit_message="Data")
        again = upload_folder(**what, commit_message="Data again")
        snapshot_download("alice/jobs", repo_type="dataset", local_dir={str(tmp_path / "back")!r})
        say([url, first.oid, again.oid])
        """,
        endpoint=hub.endpoint,
        home=tmp_path / "home",
        token=TOKEN,
    )
    repo = hub.repo("dataset", "alice/jobs")
    assert repo.private
    assert said == [f"{hub.endpoint}/datasets/alice/jobs", repo.head.sha, repo.head.sha]
    assert [commit.title for commit in repo.commits] == ["initial commit", "Data"]
    assert {name: content for name, content in repo.files.items() if name != ".gitattributes"} == files
    assert {name for name, file in repo.head.files.items() if file.large} == {"data/train.parquet", "weights.dat"}
    assert {name: (tmp_path / "back" / name).read_bytes() for name in files} == files
    stored = [request for request in hub.requests if request.server == "storage"]
    assert sorted(request.method for request in stored) == ["GET", "GET", "PUT", "PUT"]
    assert not any(request.authorized for request in stored)


def test_load_dataset_reads_csv_jsonl_and_parquet_streamed_or_not(hub, tmp_path):
    lines = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
    files = {"data.csv": CSV, "data.jsonl": lines, "data.parquet": parquet_bytes(ROWS)}
    for name, content in files.items():
        hub.add_repo("dataset", f"alice/{name.split('.')[1]}", {name: content})
    said = run_client(
        """
        from datasets import load_dataset
        names = ["alice/csv", "alice/jsonl", "alice/parquet"]
        say([list(load_dataset(name, split="train", streaming=way)) for way in (True, False) for name in names])
        """,
        endpoint=hub.endpoint,
        home=tmp_path,
        variables=NO_TORCH,
    )
    assert said == [ROWS] * 6
    assert not any(request.authorized for request in hub.requests)


def test_load_dataset_reads_the_configs_of_the_readme_at_a_revision(hub, tmp_path):
    readme = b"---\nconfigs:\n- config_name: pairs\n  data_files:\n  - split: test\n    path: data/*.csv\n---\n"
    old = hub.add_repo("dataset", "alice/jobs", {"README.md": readme, "data/part.csv": b"text,n\nold,0\n"})
    hub.repo("dataset", "alice/jobs").tags["v2"] = hub.add_commit(
        "dataset", "alice/jobs", {"data/part.csv": CSV}, title="New rows"
    )
    hub.add_commit("dataset", "alice/jobs", {"data/part.csv": b"text,n\nnewest,9\n"}, title="Newest rows")
    said = run_client(
        f"""
        from datasets import load_dataset
        from datasets.exceptions import DatasetNotFoundError
        def rows(revision, streaming):
            return list(load_dataset("alice/jobs", "pairs", split="test", revision=revision, streaming=streaming))
        found = [rows(revision, way) for revision in ({old!r}, "v2", None) for way in (True, False)]
        try:
            rows("v3", True)
        except DatasetNotFoundError as error:
            found.append(str(error))
        say(found)
        """,
        endpoint=hub.endpoint,
        home=tmp_path,
        variables=NO_TORCH,
    )
    first, newest = [{"text": "old", "n": 0}], [{"text": "newest", "n": 9}]
    assert said[:6] == [first, first, ROWS, ROWS, newest, newest]
    assert said[6] == "Revision 'v3' doesn't exist for dataset 'alice/jobs' on the Hub."


def test_load_dataset_private_needs_the_owners_token(hub, tmp_path):
    hub.add_repo("dataset", "alice/secret", {"data.csv": CSV}, private=True)
    said = run_client(
        f"""
        from datasets import load_dataset
        from datasets.exceptions import DatasetNotFoundError
        found = []
        for token in (False, "hf_other", "{TOKEN}"):
            for way in (True, False):
                try:
                    found.append(list(load_dataset("alice/secret", split="train", streaming=way, token=token)))
                except DatasetNotFoundError as error:
                    found.append("not found")
        say(found)
        """,
        endpoint=hub.endpoint,
        home=tmp_path,
        variables=NO_TORCH,
    )
    assert said == ["not found"] * 4 + [ROWS] * 2


def test_load_dataset_stream_survives_a_rate_limit_and_a_cut_connection(hub, tmp_path):
    rows = [{"text": f"text {number}", "n": number} for number in range(3000)]
    hub.add_repo("dataset", "alice/jobs", {"data.parquet": parquet_bytes(rows)})
    hub.fail("/data.parquet", status=429, headers={"Retry-After": "0"}, method="GET")
    hub.cut("/objects/", after=4)
    said = run_client(
        """
        from datasets import load_dataset
        say(list(load_dataset("alice/jobs", split="train", streaming=True)))
        """,
        endpoint=hub.endpoint,
        home=tmp_path,
        variables=NO_TORCH,
    )
    assert said == rows
    reads = hub.asked("/objects/")
    assert {read.status for read in reads} == {206}
    assert len(reads) == 3  # for the columns and for the rows, one of them twice


def test_run_client_that_fails_shows_its_error(hub, tmp_path):
    with pytest.raises(ClientError, match="ZeroDivisionError"):
        run_client("1 / 0", endpoint=hub.endpoint, home=tmp_path)


@pytest.mark.parametrize("kind", ["model", "dataset", "space"])
def test_every_kind_of_repo_is_made_filled_listed_and_emptied(hub, api, kind):
    url = api.create_repo("alice/thing", repo_type=kind, space_sdk="static" if kind == "space" else None)
    assert (url.repo_type, url.repo_id) == (kind, "alice/thing")
    sha = api.upload_file(path_or_fileobj=b"one", path_in_repo="a/b.txt", repo_id="alice/thing", repo_type=kind).oid
    info = api.repo_info("alice/thing", repo_type=kind, files_metadata=True)
    assert (info.sha, info.private) == (sha, False)
    assert {sibling.rfilename: sibling.size for sibling in info.siblings}["a/b.txt"] == 3
    api.delete_file("a/b.txt", "alice/thing", repo_type=kind)
    assert list(hub.repo(kind, "alice/thing").files) == [".gitattributes"]
    assert "a/b.txt" in api.list_repo_files("alice/thing", repo_type=kind, revision=sha)


def test_create_repo_twice_is_a_conflict_unless_allowed(hub, api):
    first = api.create_repo("alice/jobs", repo_type="dataset")
    with pytest.raises(HfHubHTTPError, match="409 Conflict"):
        api.create_repo("alice/jobs", repo_type="dataset")
    assert api.create_repo("alice/jobs", repo_type="dataset", exist_ok=True) == first
    with pytest.raises(HfHubHTTPError, match="403 Forbidden"):
        api.create_repo("bob/jobs", repo_type="dataset")
    assert not hub.has_repo("dataset", "bob/jobs")


def test_tree_and_paths_name_folders_sizes_and_last_commits(hub, api):
    large = parquet_bytes(ROWS)
    first = hub.add_repo("dataset", "alice/jobs", {"data/x/a.csv": CSV, "b.parquet": large})
    second = hub.add_commit("dataset", "alice/jobs", {"b.parquet": large + b"."}, title="Longer")
    entries = {entry.path: entry for entry in api.list_repo_tree("alice/jobs", repo_type="dataset", recursive=True)}
    assert list(entries) == [".gitattributes", "b.parquet", "data", "data/x", "data/x/a.csv"]
    assert (entries["b.parquet"].size, entries["b.parquet"].lfs.size) == (len(large) + 1,) * 2
    top = api.list_repo_tree("alice/jobs", "data", repo_type="dataset")
    assert [entry.path for entry in top] == ["data/x"]
    paths = ["b.parquet", "data/x/a.csv", "gone.csv"]
    found = api.get_paths_info("alice/jobs", paths, repo_type="dataset", expand=True)
    assert [(entry.path, entry.last_commit.oid) for entry in found] == [("b.parquet", second), ("data/x/a.csv", first)]


def test_tree_of_many_files_comes_in_pages(hub, api):
    hub.add_repo("dataset", "alice/jobs", {f"{number:04d}.txt": b"x" for number in range(1500)})
    files = api.list_repo_files("alice/jobs", repo_type="dataset")
    assert files == [".gitattributes", *(f"{number:04d}.txt" for number in range(1500))]
    assert len(hub.asked("/tree/")) == 2


def test_whoami_tells_users_and_roles_and_refuses_a_wrong_token(hub, api):
    assert api.whoami()["name"] == "alice"
    assert api.whoami("hf_reader")["auth"]["accessToken"]["role"] == "read"
    with pytest.raises(HfHubHTTPError, match="Invalid user token"):
        api.whoami("hf_wrong")


@pytest.mark.parametrize(
    ("token", "error", "message"),
    [
        ("hf_wrong", HfHubHTTPError, "Invalid credentials"),
        ("hf_reader", HfHubHTTPError, "you must use a write token"),
        ("hf_other", HfHubHTTPError, "do not have write access"),
        (False, RepositoryNotFoundError, "401 Client Error"),
    ],
)
def test_upload_without_the_right_to_write_changes_nothing(hub, api, token, error, message):
    hub.add_repo("model", "alice/tuned", {})
    with pytest.raises(error, match=message):
        api.upload_file(path_or_fileobj=b"x", path_in_repo="x.txt", repo_id="alice/tuned", token=token)
    assert "x.txt" not in hub.repo("model", "alice/tuned").files


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"path": "gone.csv"}, RemoteEntryNotFoundError),
        ({"path": "data.csv", "revision": "gone"}, RevisionNotFoundError),
        ({"path": "data.csv", "repo_id": "alice/gone"}, RepositoryNotFoundError),
        ({"path": "data.csv", "token": False}, RepositoryNotFoundError),
    ],
)
def test_download_of_what_is_not_there_or_not_ones_own_is_told_apart(hub, api, tmp_path, asked, error):
    hub.add_repo("dataset", "alice/jobs", {"data.csv": CSV}, private=True)
    with pytest.raises(error, match="404"):
        fetch(hub, folder=tmp_path, **asked)
    assert fetch(hub, "data.csv", tmp_path) == CSV


def test_commit_on_a_state_that_has_passed_is_refused(hub, api):
    old = hub.add_repo("dataset", "alice/jobs", {"a.csv": b"1"})
    hub.add_commit("dataset", "alice/jobs", {"a.csv": b"2"}, title="By someone else")
    mine = {"path_or_fileobj": b"3", "path_in_repo": "a.csv", "repo_id": "alice/jobs", "repo_type": "dataset"}
    with pytest.raises(HfHubHTTPError, match="412"):
        api.upload_file(**mine, parent_commit=old)
    assert hub.repo("dataset", "alice/jobs").files["a.csv"] == b"2"


@pytest.mark.parametrize(
    ("head", "error"),
    [
        ("tags: job-search", "must be an array"),
        ("sdk: gradio\nsdk_version: 6.31", "must be a string"),
        ("short_description: " + "x" * 61, "60 characters"),
        ("configs:\n- config_name: triplets", "data_files"),
        ("model-index:\n- name: x\n  results:\n  - task: {type: retrieval}", "dataset.name"),
    ],
)
def test_card_that_the_hub_would_refuse_stops_the_commit(hub, api, head, error):
    hub.add_repo("dataset", "alice/jobs", {})
    card = f"---\n{head}\n---\ntext".encode()
    with pytest.raises(ValueError, match=error):
        api.upload_file(path_or_fileobj=card, path_in_repo="README.md", repo_id="alice/jobs", repo_type="dataset")
    assert "README.md" not in hub.repo("dataset", "alice/jobs").files


def test_unknown_route_is_404_and_kept(hub, api):
    hub.add_repo("dataset", "alice/jobs", {})
    with pytest.raises(HfHubHTTPError, match="404"):
        api.list_repo_refs("alice/jobs", repo_type="dataset")
    assert hub.unknown == ["GET /api/datasets/alice/jobs/refs"]
    hub.unknown.clear()
