"""What a name on the command line means: a folder here, or a repository on the Hub."""

from pathlib import Path


def is_hub_id(name: str) -> bool:
    """Tell whether a name that is no folder can be a Hub id USER/NAME.

    `build/model` is none while there is a folder `build`: it is a folder that was not made yet.
    """
    user, slash, repository = name.partition("/")
    return (
        bool(user and slash and repository)
        and "/" not in repository
        and user not in (".", "..", "~")
        and not Path(user).is_dir()
    )


def split_revision(name: str) -> tuple[str, str | None]:
    """Cut `USER/NAME@REVISION` into the id and the revision; a folder, or a name without one, has none."""
    if Path(name).is_dir():
        return name, None
    repo_id, _, revision = name.partition("@")
    return repo_id, revision or None


def public_name(place: str | Path) -> str:
    """Return a name as it may be published: an absolute path tells of a machine and its user, so only its last part."""
    return Path(place).name if Path(place).is_absolute() else str(place)
