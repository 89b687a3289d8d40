"""Repositories on the Hub: access, changes, and one commit."""

import hashlib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile

from search.hub_errors import NETWORK_ERRORS, first_line

Kind = Literal["dataset", "model", "space"]
Content = Path | bytes

# A RuntimeError is what huggingface_hub makes of a failed upload.
HUB_ERRORS = (*NETWORK_ERRORS, RuntimeError)
REPO_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*")
ATTRIBUTES = ".gitattributes"
# What every new repository holds before anything is put there.
EMPTY_REPO_FILES = {ATTRIBUTES, "README.md"}


@dataclass(frozen=True)
class RepoPlan:
    """What a repository shall hold."""

    kind: Kind
    repo_id: str
    files: Mapping[str, Content]
    marker: str  # a file that shows that this tool made the content
    message: str
    preserved: tuple[str, ...] = ()  # folders whose remote files stay where the plan has none of them
    tied: tuple[str, ...] = ()  # remote files that stay as long as the marker does not change


@dataclass(frozen=True)
class Changes:
    """The paths that a plan would write and remove."""

    head: str | None  # the commit it starts from, None for no repository
    private: bool
    written: tuple[str, ...]
    removed: tuple[str, ...]
    held: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the repository holds what the plan says."""
        return self.head is not None and not self.written and not self.removed


def check_access(*repo_ids: str) -> None:
    """Make sure that the token may write to these names.

    Raises:
        ValueError: a name is none, there is no token, it is for reading only, or a name is someone else's.
        OSError: the Hub does not know the token, or can't be reached.
    """
    for repo_id in repo_ids:
        if not REPO_ID.fullmatch(repo_id):
            raise ValueError(f"expected USER/NAME on the Hub, got {repo_id!r}; name the user or organization too")
    if not get_token():
        raise ValueError("expected a Hub token, found none; run `hf auth login` or set HF_TOKEN")
    try:
        user = HfApi().whoami()
    except HUB_ERRORS as error:
        raise refused("did not take the token for", repo_ids[0], error) from error
    if user.get("auth", {}).get("accessToken", {}).get("role") == "read":
        raise ValueError("expected a token that may write, this one may read only; make one with write access")
    names = {user["name"], *(one["name"] for one in user.get("orgs", ()))}
    for repo_id in repo_ids:
        if repo_id.split("/")[0] not in names:
            raise ValueError(
                f"expected a name under {' or '.join(sorted(names))}, got {repo_id!r}, which is someone else's"
            )


def find_changes(plan: RepoPlan, *, force: bool = False) -> Changes:
    """Compare a plan with what the repository holds.

    Raises:
        ValueError: it holds something that this tool did not make, and `force` is not set.
        OSError: the Hub refused or can't be reached.
    """
    api = HfApi()
    try:
        info = api.repo_info(plan.repo_id, repo_type=plan.kind)
        entries = list(api.list_repo_tree(plan.repo_id, recursive=True, repo_type=plan.kind, revision=info.sha))
    except RepositoryNotFoundError:
        return Changes(None, private=False, written=tuple(sorted(plan.files)), removed=())
    except HUB_ERRORS as error:
        raise refused("did not show what is in", plan.repo_id, error) from error
    remote = {entry.path: entry for entry in entries if isinstance(entry, RepoFile)}
    if plan.marker not in remote and remote.keys() - EMPTY_REPO_FILES and not force:
        raise ValueError(
            f"expected {plan.repo_id} to be empty or made by this tool, it holds {', '.join(sorted(remote)[:5])}; "
            "take another name, or --force to replace what it holds"
        )
    written = [path for path, content in plan.files.items() if path not in remote or not _same(content, remote[path])]
    preserved = [folder for folder in plan.preserved if not any(path.startswith(folder) for path in plan.files)]
    stays = (ATTRIBUTES, *preserved, *(() if plan.marker in written else plan.tied))
    removed = [path for path in remote if path not in plan.files and not path.startswith(stays)]
    return Changes(info.sha, bool(info.private), tuple(sorted(written)), tuple(sorted(removed)), tuple(sorted(remote)))


def _same(content: Content, entry: RepoFile) -> bool:
    """Compare a file's content with the Hub's hash of it."""
    data = content if isinstance(content, bytes) else content.read_bytes()
    if len(data) != entry.size:
        return False
    if entry.lfs is not None:
        return hashlib.sha256(data).hexdigest() == entry.lfs.sha256
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest() == entry.blob_id


def check_private(plan: RepoPlan, changes: Changes, *, private: bool) -> None:
    """Refuse a public repository where a private one was asked for."""
    if private and changes.head is not None and not changes.private:
        raise ValueError(
            f"expected {plan.repo_id} to be private, as --private says, it is public; make it private on the Hub, or "
            "take another name"
        )


def push_changes(plan: RepoPlan, changes: Changes, *, private: bool) -> str:
    """Make the changes in one commit; return the head.

    upload_folder may make several, with half a repository between them. Naming the parent makes the commit fail where
    someone else was faster.

    Raises:
        ValueError: it is public and `private` was asked for.
        OSError: the Hub refused or failed; running again finishes the job.
    """
    check_private(plan, changes, private=private)
    if changes.is_empty:
        return str(changes.head)
    api = HfApi()
    try:
        if changes.head is None:
            sdk = "gradio" if plan.kind == "space" else None
            api.create_repo(plan.repo_id, repo_type=plan.kind, private=private, space_sdk=sdk)
        commit = api.create_commit(
            plan.repo_id,
            [
                *(CommitOperationAdd(path, plan.files[path]) for path in changes.written),
                *(CommitOperationDelete(path) for path in changes.removed),
            ],
            commit_message=plan.message,
            repo_type=plan.kind,
            parent_commit=changes.head,
        )
    except HUB_ERRORS as error:
        raise refused(f"did not take the {plan.kind} for", plan.repo_id, error) from error
    return str(commit.oid)


def refused(what: str, repo_id: str, error: BaseException) -> OSError:
    """Return an error of one line, in the Hub's words."""
    said = _words_of(error)
    if isinstance(error, RuntimeError) and error.__cause__:
        # What huggingface_hub makes of an upload's failure, with its bars of progress still open.
        sys.stderr.write("\n")
        said = f"{said}: {_words_of(error.__cause__)}"
    return OSError(f"the Hub {what} {repo_id}: {said}; check the token's rights and the network, then run again")


def _words_of(error: BaseException) -> str:
    if isinstance(error, HfHubHTTPError) and error.server_message:
        return f"{error.response.status_code}, {error.server_message.splitlines()[0].rstrip('.')}"
    return first_line(error)
