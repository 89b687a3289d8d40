"""The real clients against the local Hub of tests/hub.

Where a test needs no other Python, `HfApi(endpoint=...)` is used in-process (see tests/hub/__init__.py).
"""

import io
import json
import random
import time

import httpx2
import huggingface_hub
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from tests.hub import ClientError, LocalHub, run_client

TOKEN = "hf_testtoken"  # noqa: S105 - no secret: the local Hub's own
ROWS = [{"text": "hello", "n": 1}, {"text": "world", "n": 2}]
CSV = b"text,n\nhello,1\nworld,2\n"
NO_TORCH = {"USE_TORCH": "0"}
pytestmark = pytest.mark.slow


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


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (401, {}, HfHubHTTPError),
        (403, {"X-Error-Code": "GatedRepo"}, GatedRepoError),
        (403, {}, LocalEntryNotFoundError),
        (404, {"X-Error-Code": "RepoNotFound"}, RepositoryNotFoundError),
    ],
)
def test_fail_before_a_download_raises_by_status_and_code(hub, api, tmp_path, status, headers, error):
    hub.add_repo("dataset", "alice/jobs", {"data.csv": CSV})
    hub.fail("/resolve/", status=status, headers=headers)
    with pytest.raises(error):
        fetch(hub, "data.csv", tmp_path)
    assert [request.status for request in hub.requests] == [status]


def test_rate_limit_with_retry_after_is_waited_for(hub, api, tmp_path):
    hub.add_repo("dataset", "alice/jobs", {"data.csv": CSV})
    hub.fail("/resolve/", status=429, headers={"Retry-After": "1"}, method="GET")
    start = time.monotonic()
    assert fetch(hub, "data.csv", tmp_path) == CSV
    assert time.monotonic() - start > 1.9  # Retry-After and the client's own second
    assert [request.status for request in hub.asked("/resolve/", method="GET")] == [429, 200]


def test_cut_download_of_a_small_file_starts_again(hub, api, tmp_path):
    hub.add_repo("dataset", "alice/jobs", {"data.csv": CSV})
    hub.cut("/resolve/", after=7)
    assert fetch(hub, "data.csv", tmp_path) == CSV
    assert [(get.status, get.byte_range) for get in hub.asked("/resolve/", method="GET")] == [(200, None)] * 2


def test_cut_download_of_a_large_file_resumes_after_the_last_ten_mebibytes(hub, api, tmp_path):
    content = random.Random(2).randbytes(11 * 1024 * 1024)
    hub.add_repo("dataset", "alice/jobs", {"data.parquet": content})
    hub.cut("/objects/", after=len(content) - 5)
    assert fetch(hub, "data.parquet", tmp_path) == content
    assert [(get.status, get.byte_range) for get in hub.asked("/objects/")] == [(200, None), (206, "bytes=10485760-")]


def test_slow_answer_beyond_the_clients_patience_is_asked_again(hub, api, tmp_path):
    hub.add_repo("dataset", "alice/jobs", {"data.csv": CSV})
    hub.slow("/resolve/", seconds=1, method="HEAD")
    assert fetch(hub, "data.csv", tmp_path, etag_timeout=0.2) == CSV
    assert len(hub.asked("/resolve/", method="HEAD")) == 2


@pytest.mark.parametrize(
    ("where", "method", "status"),
    [
        ("/preupload/", "POST", 429),
        ("/objects/batch", "POST", 500),
        ("/objects/", "PUT", 500),
        ("/verify", "POST", 500),
    ],
)
def test_failed_step_before_the_commit_is_tried_again_by_the_client(hub, api, where, method, status):
    hub.add_repo("dataset", "alice/jobs", {})
    hub.fail(where, status=status, headers={"Retry-After": "0"}, method=method)
    content = parquet_bytes(ROWS)
    api.upload_file(path_or_fileobj=content, path_in_repo="a.parquet", repo_id="alice/jobs", repo_type="dataset")
    assert hub.repo("dataset", "alice/jobs").files["a.parquet"] == content
    assert [request.status for request in hub.asked(where, method=method)] == [status, 200]


@pytest.mark.parametrize("status", [409, 429, 500])
def test_failed_commit_is_not_tried_again_by_the_client(hub, api, status):
    hub.add_repo("dataset", "alice/jobs", {})
    hub.fail("/commit/", status=status, headers={"Retry-After": "0"})
    with pytest.raises(HfHubHTTPError, match=str(status)):
        api.upload_file(path_or_fileobj=CSV, path_in_repo="a.csv", repo_id="alice/jobs", repo_type="dataset")
    assert "a.csv" not in hub.repo("dataset", "alice/jobs").files
    assert len(hub.asked("/commit/")) == 1


def test_commit_whose_answer_is_lost_is_made_but_raises(hub, api):
    hub.add_repo("dataset", "alice/jobs", {})
    hub.cut("/commit/", after=5, method="POST")
    with pytest.raises(httpx2.RemoteProtocolError, match="peer closed connection"):
        api.upload_file(path_or_fileobj=CSV, path_in_repo="a.csv", repo_id="alice/jobs", repo_type="dataset")
    assert hub.repo("dataset", "alice/jobs").files["a.csv"] == CSV


def test_commit_that_is_lost_on_its_way_is_not_made(hub, api):
    hub.add_repo("dataset", "alice/jobs", {})
    hub.hang_up("/commit/", method="POST")
    with pytest.raises(httpx2.TransportError):
        api.upload_file(path_or_fileobj=CSV, path_in_repo="a.csv", repo_id="alice/jobs", repo_type="dataset")
    assert "a.csv" not in hub.repo("dataset", "alice/jobs").files


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
