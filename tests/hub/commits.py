"""Uploads: which files are large, and what a commit's lines do to a repository."""

import base64
import json
from collections.abc import Sequence
from typing import Any

from tests.hub.answers import refuse
from tests.hub.store import Commit, File, Repo, Store, is_large


def preupload_modes(commit: Commit, wanted: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return for each file how to upload it, and what is there (`oid`) so that the client can leave it out."""
    return [
        {
            "path": one["path"],
            "uploadMode": "lfs" if is_large(one["path"], one["size"]) else "regular",
            "shouldIgnore": False,
            "oid": commit.files[one["path"]].etag if one["path"] in commit.files else None,
        }
        for one in wanted
    ]


def apply_commit(store: Store, repo: Repo, body: bytes) -> Commit:
    """Add the commit that the lines of an upload describe (one JSON object a line); all or nothing."""
    header, *steps = [json.loads(line) for line in body.splitlines() if line]
    value = header["value"]
    parent = value.get("parentCommit")
    if parent and not repo.head.sha.startswith(parent):
        raise refuse(412, "A commit has happened since. Please refresh and try again.")
    files = dict(repo.head.files)
    for step in steps:
        _apply(store, files, step["key"], step["value"])
    return repo.commit(value["summary"], files, description=value.get("description", ""))


def _apply(store: Store, files: dict[str, File], key: str, value: dict[str, Any]) -> None:
    path = value["path"].rstrip("/")
    if key == "file":
        files[path] = File(base64.b64decode(value["content"], validate=True), large=False)
    elif key == "lfsFile":
        if value["oid"] not in store.objects:
            raise refuse(400, f"The object of {path} was not uploaded")
        files[path] = File(store.objects[value["oid"]], large=True)
    elif key == "deletedFile":
        if path not in files:
            raise refuse(404, "A file with this name doesn't exist", code="EntryNotFound")
        del files[path]
    elif key == "deletedFolder":
        inside = [name for name in files if name.startswith(f"{path}/")]
        if not inside:
            raise refuse(404, "A folder with this name doesn't exist", code="EntryNotFound")
        for name in inside:
            del files[name]
    else:
        raise refuse(400, f"Unknown operation {key}")
