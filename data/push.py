"""A dataset folder -> a repository on the Hub."""

import logging
from pathlib import Path

from data.hub_repository import RepoPlan, check_access, find_changes, push_changes
from search.artifacts import BUILD_FILE
from search.encoding.model_folder import check_links

logger = logging.getLogger(__name__)

MESSAGE = "Dataset built by Shortlist"


def plan_dataset(folder: Path, repo_id: str, *, message: str = MESSAGE) -> RepoPlan:
    """Plan a dataset's repository: all files of its folder, none from elsewhere."""
    check_links(folder)
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return RepoPlan("dataset", repo_id, files, marker=BUILD_FILE, message=message)


def check_push(repo_id: str) -> None:
    """Make sure that the Hub will take a push.

    Raises:
        ValueError: the name or the token is of no use, or the repository holds what this tool did not make.
        OSError: the Hub can't be reached.
    """
    check_access(repo_id)
    find_changes(RepoPlan("dataset", repo_id, {}, marker=BUILD_FILE, message=MESSAGE))


def push_dataset(folder: Path, repo_id: str, *, private: bool) -> None:
    """Upload the folder in one commit, if it changed.

    Raises:
        ValueError: the repository is public and `private` was asked for, or it is not this tool's.
        OSError: the Hub refused or failed; the folder is complete, and pushing again finishes the job.
    """
    plan = plan_dataset(folder, repo_id)
    head = push_changes(plan, find_changes(plan), private=private)
    logger.info("pushed    %s at %s", repo_id, head[:7])
