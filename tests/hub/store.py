"""Repositories in memory: files, commits, and the objects of large files. No HTTP."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

KINDS = ("model", "dataset", "space")
LARGE_BYTES = 10 * 1024 * 1024
LARGE_ENDINGS = (".arrow", ".bin", ".gz", ".npy", ".onnx", ".parquet", ".png", ".pt", ".safetensors", ".zip")
ATTRIBUTES = "".join(f"*{ending} filter=lfs diff=lfs merge=lfs -text\n" for ending in LARGE_ENDINGS).encode()
FIRST_DATE = datetime(2024, 1, 1, tzinfo=UTC)


def is_large(path: str, size: int) -> bool:
    """Return whether the Hub would keep this file as a large one (Git LFS)."""
    return size > 0 and (size > LARGE_BYTES or path.endswith(LARGE_ENDINGS))


def git_blob_id(content: bytes) -> str:
    """Return the id that Git gives to a file of this content: 40 hex digits."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class File:
    """One version of a file; Git itself holds only a pointer to a large one."""

    content: bytes
    large: bool

    @property
    def size(self) -> int:
        return len(self.content)

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def pointer(self) -> bytes:
        return f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\nsize {self.size}\n".encode()

    @property
    def blob_id(self) -> str:
        return git_blob_id(self.pointer if self.large else self.content)

    @property
    def etag(self) -> str:
        """Return what the client compares with its own file: SHA-256 of a large one, else the blob id."""
        return self.sha256 if self.large else self.blob_id


@dataclass(frozen=True)
class Commit:
    """One state of a repository."""

    sha: str
    title: str
    description: str
    date: datetime
    files: Mapping[str, File] = field(repr=False)


@dataclass
class Repo:
    """A repository with one branch, `main`; starts with the Hub's own first commit, .gitattributes.

    `tags` maps a name to a commit's sha, `variables` are those of a Space.
    """

    kind: str
    repo_id: str
    private: bool = False
    commits: list[Commit] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"Expected a kind of repo of {', '.join(KINDS)}, got {self.kind!r}.")
        if self.repo_id.count("/") != 1:
            raise ValueError(f"Expected a repo id like 'user/name', got {self.repo_id!r}.")
        self.commit("initial commit", {".gitattributes": File(ATTRIBUTES, large=False)})

    @property
    def owner(self) -> str:
        return self.repo_id.split("/")[0]

    @property
    def head(self) -> Commit:
        return self.commits[-1]

    @property
    def files(self) -> dict[str, bytes]:
        """Return the content of each file of the last commit."""
        return {path: file.content for path, file in self.head.files.items()}

    def commit(self, title: str, files: Mapping[str, File], *, description: str = "") -> Commit:
        """Add a commit that holds exactly these files."""
        listing = "\n".join(f"{path} {file.blob_id}" for path, file in sorted(files.items()))
        parent = self.commits[-1].sha if self.commits else f"{self.kind} {self.repo_id}"
        text = f"{parent}\n{len(self.commits)}\n{title}\n{listing}"
        sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        date = FIRST_DATE + timedelta(minutes=len(self.commits))
        made = Commit(sha, title, description, date, dict(sorted(files.items())))
        self.commits.append(made)
        return made

    def at(self, revision: str) -> Commit | None:
        """Return the commit that a branch, a tag, or a sha (7 digits or more) means."""
        if revision == "main":
            return self.head
        wanted = self.tags.get(revision, revision)
        found = [commit for commit in self.commits if len(wanted) >= 7 and commit.sha.startswith(wanted)]
        return found[0] if found else None

    def last_change(self, revision: Commit, path: str) -> Commit:
        """Return the commit that gave a file, or the files of a folder, their state at a revision."""
        past = self.commits[: self.commits.index(revision) + 1]
        for before, after in zip(reversed(past[:-1]), reversed(past), strict=False):
            if _state(before, path) != _state(after, path):
                return after
        return past[0]


def _state(commit: Commit, path: str) -> dict[str, str]:
    return {name: file.blob_id for name, file in commit.files.items() if name == path or name.startswith(f"{path}/")}


@dataclass
class Store:
    """All repositories, and the objects that clients uploaded for large files (SHA-256 -> content)."""

    repos: dict[tuple[str, str], Repo] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)

    def create(self, kind: str, repo_id: str, *, private: bool = False) -> Repo:
        """Add an empty repository.

        Raises:
            ValueError: there is one of this kind and name.
        """
        if (kind, repo_id) in self.repos:
            raise ValueError(f"Expected a new {kind} repo, but {repo_id} exists.")
        self.repos[kind, repo_id] = Repo(kind, repo_id, private)
        return self.repos[kind, repo_id]

    def file(self, path: str, content: bytes) -> File:
        """Return a file as the Hub would keep it; a large one is remembered as an object too."""
        made = File(content, is_large(path, len(content)))
        if made.large:
            self.objects[made.sha256] = content
        return made
