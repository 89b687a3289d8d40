"""Failures of the local Hub, as the real clients meet them."""

import random
import time

import httpx2
import pytest
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
)

from tests.hub.conftest import CSV, ROWS, fetch, parquet_bytes

pytestmark = pytest.mark.slow


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
