"""A dataset folder -> a dataset repository on the Hub, in one commit."""

import logging
import re
from pathlib import Path

import httpx2
from huggingface_hub import CommitOperationAdd, HfApi, get_token
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled, RepositoryNotFoundError

from data.folder import BUILD_FILE
from search.places import first_line

logger = logging.getLogger(__name__)

HUB_ERRORS = (HfHubHTTPError, OfflineModeIsEnabled, httpx2.HTTPError, OSError, RuntimeError)
MESSAGE = "Dataset built by Shortlist"
# What every new repository holds before anything is put there.
EMPTY_REPO_FILES = {".gitattributes", "README.md"}


def check_push(repo_id: str) -> None:
    """Make sure that the Hub will take a push, before the long work.

    Raises:
        ValueError: the name is none, there is no token, the Hub does not know it, or the repository
            holds something that this tool did not make.
        OSError: the Hub can't be reached.
    """
    if not re.fullmatch(r"\w[\w.-]*/\w[\w.-]*", repo_id):
        raise ValueError(f"expected --push USER/NAME, got {repo_id!r}; name the user or organization too")
    if not get_token():
        raise ValueError("expected a Hub token for --push, found none; run `hf auth login` or set HF_TOKEN")
    api = HfApi()
    try:
        api.whoami()
        files = set(api.list_repo_files(repo_id, repo_type="dataset"))
    except RepositoryNotFoundError:
        return
    except HUB_ERRORS as error:
        raise _refused("would not take a push to", repo_id, error) from error
    if BUILD_FILE not in files and files - EMPTY_REPO_FILES:
        raise ValueError(
            f"expected {repo_id} to be empty or a dataset of this tool, it holds {', '.join(sorted(files)[:5])}; "
            "push to another name"
        )


def push_dataset(folder: Path, repo_id: str, *, private: bool) -> None:
    """Upload the folder in one commit; an unchanged one makes none, and private stays private.

    Raises:
        OSError: the Hub refused or failed; the folder is complete, and pushing again finishes the job.
    """
    api = HfApi()
    try:
        api.create_repo(repo_id, repo_type="dataset", private=private, exist_ok=True)
        if private and not api.dataset_info(repo_id).private:
            raise ValueError(
                f"expected {repo_id} to be private, as --private says, it is public; make it private on the Hub, or "
                "push to another name"
            )
        # Not upload_folder, which may make several commits: readers would meet half a dataset between them.
        commit = api.create_commit(
            repo_id,
            [
                CommitOperationAdd(path.relative_to(folder).as_posix(), path)
                for path in sorted(folder.rglob("*"))
                if path.is_file()
            ],
            commit_message=MESSAGE,
            repo_type="dataset",
        )
    except HUB_ERRORS as error:
        raise _refused(f"did not take the dataset {folder} for", repo_id, error) from error
    logger.info("pushed    %s at %s", repo_id, commit.oid[:7])


def _refused(what: str, repo_id: str, error: BaseException) -> OSError:
    return OSError(
        f"the Hub {what} {repo_id}: {first_line(error)}; check the token's rights and the network, then run again"
    )
