"""What a name means: a folder here, or a repository on the Hub."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RepoRef:
    """A model's or dataset's name, parsed once.

    `folder` is set for a folder here, `repo_id` (`USER/NAME`) for a repository on the Hub, neither for what
    can be none of them.
    """

    name: str
    folder: Path | None = None
    repo_id: str = ""
    revision: str | None = None

    @classmethod
    def parse(cls, name: str) -> "RepoRef":
        """Read a folder's path, `USER/NAME` or `USER/NAME@REVISION`.

        `build/model` is no repository while there is a folder `build`: it is a folder that was not made yet.
        """
        if Path(name).is_dir():
            return cls(name, folder=Path(name))
        repo_id, _, revision = name.partition("@")
        user, _, repository = repo_id.partition("/")
        if not user or not repository or "/" in name.partition("/")[2]:
            return cls(name)
        if user in (".", "..", "~") or Path(user).is_dir():
            return cls(name)
        return cls(name, repo_id=repo_id, revision=revision or None)


def public_name(name: str | Path) -> str:
    """Return a name as it may be published.

    An absolute path tells of a machine and its user, so only its last part is.
    """
    return Path(name).name if Path(name).is_absolute() else str(name)
