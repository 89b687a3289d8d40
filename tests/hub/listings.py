"""Repositories and files as the Hub describes them in JSON."""

from collections.abc import Sequence
from typing import Any

from tests.hub.answers import refuse
from tests.hub.store import Commit, File, Repo, git_blob_id


def _stamp(commit: Commit) -> str:
    return commit.date.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def repo_card(repo: Repo, commit: Commit, *, with_blobs: bool) -> dict[str, Any]:
    """Return what `repo_info` reads; `with_blobs` is its `files_metadata`."""
    siblings = [_sibling(path, file, with_blobs=with_blobs) for path, file in commit.files.items()]
    card = {
        "_id": git_blob_id(repo.repo_id.encode())[:24],
        "id": repo.repo_id,
        "author": repo.owner,
        "sha": commit.sha,
        "createdAt": _stamp(repo.commits[0]),
        "lastModified": _stamp(commit),
        "private": repo.private,
        "gated": False,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "tags": [],
        "siblings": siblings,
    }
    return card | ({"modelId": repo.repo_id} if repo.kind == "model" else {})


def _sibling(path: str, file: File, *, with_blobs: bool) -> dict[str, Any]:
    if not with_blobs:
        return {"rfilename": path}
    entry = {"rfilename": path, "size": file.size, "blobId": file.blob_id}
    lfs = {"sha256": file.sha256, "size": file.size, "pointerSize": len(file.pointer)}
    return entry | ({"lfs": lfs} if file.large else {})


def file_entry(path: str, file: File) -> dict[str, Any]:
    """Return what `RepoFile` reads."""
    lfs = {"oid": file.sha256, "size": file.size, "pointerSize": len(file.pointer)}
    entry = {"type": "file", "oid": file.blob_id, "size": file.size, "path": path}
    return entry | ({"lfs": lfs} if file.large else {})


def folder_entry(path: str) -> dict[str, Any]:
    """Return what `RepoFolder` reads."""
    return {"type": "directory", "oid": git_blob_id(path.encode()), "size": 0, "path": path}


def folders(commit: Commit) -> set[str]:
    """Return the path of each folder, the outer ones too."""
    parts = [path.split("/") for path in commit.files]
    return {"/".join(names[:depth]) for names in parts for depth in range(1, len(names))}


def tree_entries(repo: Repo, commit: Commit, folder: str, *, deep: bool, expand: bool) -> list[dict[str, Any]]:
    """Return the files and folders in a folder, those below it too if `deep`."""
    known = folders(commit)
    if folder and folder not in known:
        raise refuse(404, f"{folder} does not exist on {commit.sha}", code="EntryNotFound")
    start = f"{folder}/" if folder else ""
    inside = [path for path in (*commit.files, *known) if path.startswith(start)]
    paths = [path for path in sorted(inside) if deep or "/" not in path[len(start) :]]
    return path_entries(repo, commit, paths, expand=expand)


def path_entries(repo: Repo, commit: Commit, paths: Sequence[str], *, expand: bool) -> list[dict[str, Any]]:
    """Return files and folders by path; a path that is not there is left out, as by the Hub."""
    known = folders(commit)
    entries = [
        file_entry(path, commit.files[path]) if path in commit.files else folder_entry(path)
        for path in (path.strip("/") for path in paths)
        if path in commit.files or path in known
    ]
    return [entry | _last_commit(repo, commit, entry["path"]) for entry in entries] if expand else entries


def _last_commit(repo: Repo, commit: Commit, path: str) -> dict[str, Any]:
    last = repo.last_change(commit, path)
    return {"lastCommit": {"id": last.sha, "title": last.title, "date": _stamp(last)}}
