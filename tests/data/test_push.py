"""A dataset folder to the Hub and back: the real clients against the local Hub."""

import shutil
import subprocess
import sys

import pytest

from data.push import check_push, push_dataset
from tests.conftest import ROOT, TOKEN, small_corpus
from tests.hub import client_environment, run_client

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path):
    """What a dataset folder looks like to the uploader."""
    made = tmp_path / "dataset"
    (made / "triplets").mkdir(parents=True)
    (made / "triplets" / "train.parquet").write_bytes(b"PAR1 rows PAR1")
    (made / "build.json").write_text("{}")
    (made / "README.md").write_text("---\nlicense: mit\n---\n")
    return made


def contents(hub, repo_id="alice/jobs"):
    return {name: content for name, content in hub.repo("dataset", repo_id).files.items() if name != ".gitattributes"}


def test_push_makes_one_commit_of_the_whole_folder(hub, folder):
    check_push("alice/jobs")
    push_dataset(folder, "alice/jobs", private=True)
    repo = hub.repo("dataset", "alice/jobs")
    assert contents(hub) == {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    assert repo.private
    assert [commit.title for commit in repo.commits][1:] == ["Dataset built by Shortlist"]


def test_push_unchanged_makes_no_commit_and_a_change_makes_one(hub, folder):
    push_dataset(folder, "alice/jobs", private=False)
    push_dataset(folder, "alice/jobs", private=False)
    assert len(hub.repo("dataset", "alice/jobs").commits) == 2
    (folder / "build.json").write_text('{"seed": 1}')
    check_push("alice/jobs")
    push_dataset(folder, "alice/jobs", private=False)
    assert len(hub.repo("dataset", "alice/jobs").commits) == 3


def test_push_keeps_a_private_repository_private(hub, folder):
    push_dataset(folder, "alice/jobs", private=True)
    (folder / "build.json").write_text('{"seed": 1}')
    push_dataset(folder, "alice/jobs", private=False)
    assert hub.repo("dataset", "alice/jobs").private


def test_push_private_to_a_public_repository_is_refused(hub, folder):
    push_dataset(folder, "alice/jobs", private=False)
    with pytest.raises(ValueError, match=r"expected alice/jobs to be private.*it is public"):
        push_dataset(folder, "alice/jobs", private=True)


def test_check_push_refuses_a_repository_with_other_things(hub):
    hub.add_repo("dataset", "alice/thesis", {"thesis.txt": b"years of work"})
    with pytest.raises(ValueError, match=r"alice/thesis to be empty or made by this tool, it holds .*thesis.txt"):
        check_push("alice/thesis")


@pytest.mark.parametrize(
    ("token", "error", "line"),
    [
        ("hf_wrong", OSError, r"the Hub did not take the token for alice/jobs: .*check the token's rights"),
        ("hf_bob", ValueError, "expected a name under bob, got 'alice/jobs', which is someone else's"),
        ("hf_reader", ValueError, "expected a token that may write"),
    ],
)
def test_push_without_the_right_is_one_clear_line_without_the_token(hub, folder, monkeypatch, token, error, line):
    monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(error, match=line) as caught:
        check_push("alice/jobs")
        push_dataset(folder, "alice/jobs", private=False)
    assert token not in str(caught.value)
    assert not hub.has_repo("dataset", "alice/jobs")


def test_check_push_without_a_token_or_with_a_bad_name(hub, monkeypatch):
    for bad in ("jobs", "a/b/c", "../x", "alice/"):
        with pytest.raises(ValueError, match="expected USER/NAME on the Hub"):
            check_push(bad)
    monkeypatch.setattr("data.hub_repository.get_token", lambda: None)
    with pytest.raises(ValueError, match="expected a Hub token, found none"):
        check_push("alice/jobs")


@pytest.mark.parametrize("status", [403, 409, 500])
def test_push_that_fails_at_the_commit_leaves_the_repository_as_it_was(hub, folder, status):
    push_dataset(folder, "alice/jobs", private=False)
    before = contents(hub)
    (folder / "build.json").write_text('{"seed": 1}')
    hub.fail("/commit/", status=status)
    with pytest.raises(OSError, match=r"did not take the dataset .*run again") as caught:
        push_dataset(folder, "alice/jobs", private=False)
    assert "\n" not in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert contents(hub) == before
    push_dataset(folder, "alice/jobs", private=False)
    assert contents(hub)["build.json"] == b'{"seed": 1}'


def test_push_whose_answer_is_lost_is_finished_by_the_next(hub, folder):
    hub.cut("/commit/", after=10, method="POST")
    with pytest.raises(OSError, match="run again"):
        push_dataset(folder, "alice/jobs", private=False)
    push_dataset(folder, "alice/jobs", private=False)
    assert len(hub.repo("dataset", "alice/jobs").commits) == 2


def test_commands_read_from_the_hub_push_to_it_and_load_back(hub, tmp_path):
    """From a CSV dataset at a revision, through the whole build, to a dataset that plain load_dataset reads."""
    lines = ["job_id,title,description,query"]
    lines += [
        f'{n},{row["title"]},"{row["description"]}",{row["queries"][0]}' for n, row in enumerate(small_corpus(60))
    ]
    old = hub.add_repo("dataset", "alice/postings", {"train.csv": "\n".join(lines).encode()})
    hub.add_commit("dataset", "alice/postings", {"train.csv": b"job_id,title\n1,later\n"}, title="broken since")
    out, home = tmp_path / "out", tmp_path / "home"
    command = [
        sys.executable, "-m", "data", "build", "--source", f"hub:alice/postings@{old}", "--out", str(out),
        "--cache", str(tmp_path / "cache"), "--push", "alice/triplets", "--private",
    ]  # fmt: skip
    environment = client_environment(endpoint=hub.endpoint, home=home, token=TOKEN)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert TOKEN not in done.stderr + done.stdout
    assert hub.repo("dataset", "alice/triplets").private
    assert f"revision `{old}`" in (out / "README.md").read_text()
    shutil.rmtree(out)
    loaded = run_client(
        """
        from datasets import load_dataset
        from data.dataset import load_job_dataset
        rows = load_dataset("alice/triplets")
        say([sum(part.num_rows for part in rows.values()), len(load_job_dataset("alice/triplets").listings)])
        """,
        endpoint=hub.endpoint,
        home=home,
        token=TOKEN,
        seconds=120,
    )
    assert loaded == [60, 60]
    source = "hub:alice/triplets:listings"
    command = [sys.executable, "-m", "data", "inspect", "--source", source, "--show", "0"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "source    hub:alice/triplets:listings: Hub dataset, configuration listings" in done.stdout
    assert "rows      60 read" in done.stdout


def test_command_source_that_the_hub_does_not_have_is_one_line(hub, tmp_path):
    command = [sys.executable, "-m", "data", "build", "--source", "hub:alice/none", "--out", str(tmp_path / "out")]
    environment = client_environment(endpoint=hub.endpoint, home=tmp_path / "home")
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "could not find the dataset 'alice/none' on the Hub" in done.stderr
