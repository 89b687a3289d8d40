"""A Hugging Face Hub on loopback, for tests of code that uses `huggingface_hub` or `datasets`.

    with LocalHub(tokens={"hf_testtoken": "alice"}) as hub:
        sha = hub.add_repo("dataset", "alice/jobs", {"train.csv": b"text\\nhello\\n"})
        hub.fail("/resolve/", status=429, headers={"Retry-After": "0"})
        answer = run_client(code, endpoint=hub.endpoint, home=tmp_path, token="hf_testtoken")
        assert hub.unknown == []

Written against the requests of huggingface_hub 2.4.0 and datasets 5.2.0, read in their sources.

How to point the clients here:
- `HF_ENDPOINT` is read once, when `huggingface_hub.constants` is imported (and again by `datasets.config`), so
  `run_client` starts a new Python with it. `datasets` knows no other way.
- `HfApi(endpoint=hub.endpoint, token=...)` alone suffices in-process for `huggingface_hub`, as every method builds its
  URLs from the instance (pass `endpoint=` to the plain functions `hf_hub_download` and `snapshot_download`). But two
  switches are module constants read at import as well: tests/conftest.py sets HF_HUB_OFFLINE, which refuses every
  request, and HF_HUB_DISABLE_XET. In-process both need
  `monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)` and `"HF_HUB_DISABLE_XET", True`.

How xet is avoided: uploads of large files go to the xet store when `is_xet_available()`, that is when `hf_xet` is
installed and HF_HUB_DISABLE_XET is not set (the client then asks for `xet-write-token`, an unknown route here). With
HF_HUB_DISABLE_XET=1 `upload_folder` becomes one `create_commit` instead of its pipeline of several commits, and large
files take the Git LFS way. Downloads use xet only if the server names a xet hash, and this one never does.

Differences from the real Hub: a private or missing repo is 404 for everybody (the Hub may say 401 to the anonymous);
each user owns the names under `user/` only, no organisations; one branch, `main`; no pull requests, no tags beyond
`Repo.tags`, no gated repos (tell `hub.fail` the header X-Error-Code: GatedRepo), no dataset viewer.
"""

from tests.hub.client import ClientError, client_environment, run_client
from tests.hub.server import LocalHub, Request
from tests.hub.store import Commit, File, Repo

__all__ = ["ClientError", "Commit", "File", "LocalHub", "Repo", "Request", "client_environment", "run_client"]
