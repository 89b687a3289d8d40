"""Each failure of the Hub at each step of publishing: one clear line, nothing half, and the next run finishes."""

import re
import shutil

import pytest
from huggingface_hub import HfApi

from data.hub_repository import push_changes
from tests.conftest import TOKEN
from tests.publish.conftest import REPOS, SPACE, all_files, arguments
from train.publish import main

pytestmark = pytest.mark.slow

# Requests of publishing what has changed: step -> method and part of the path, in the order they come.
STEPS = {
    "who am I": ("GET", "/api/whoami-v2"),
    "repository": ("GET", "/api/models/alice/jobs-model"),
    "its files": ("GET", "/api/datasets/alice/jobs-dataset/tree/"),
    "base": ("GET", "/api/models/sentence-transformers/all-MiniLM-L6-v2"),
    "card": ("POST", "/api/validate-yaml"),
    "upload modes": ("POST", "/preupload/"),
    "addresses of large files": ("POST", "/info/lfs/objects/batch"),
    "large file": ("PUT", "/objects/"),
    "large file is there": ("POST", "/info/lfs/verify"),
    "commit of the dataset": ("POST", "/api/datasets/alice/jobs-dataset/commit/"),
    "commit of the model": ("POST", "/api/models/alice/jobs-model/commit/"),
    "commit of the space": ("POST", "/api/spaces/alice/jobs/commit/"),
    "variables": ("GET", "/variables"),
    "variable": ("POST", "/variables"),
}
# Further requests of the first publishing.
FIRST_STEPS = {"new repository": ("POST", "/api/repos/create")}
# The client reads nothing but the status of this answer, so a cut one may do no harm.
HARMLESS = {("large file is there", "cut")}
MODES = ("401", "403", "404", "409", "429", "500", "cut", "hung up", "silent")
# The client asks again as often as this, and sleeps between.
OFTEN = 9
TIMEOUT = 0.3


def break_down(hub, mode, method, part):
    """Let every request of a step fail.

    A cut one is carried out and its answer lost, a hung up one is lost on its way.
    """
    if mode == "cut":
        hub.cut(part, after=5, method=method, times=OFTEN)
    elif mode == "hung up":
        hub.hang_up(part, method=method, times=OFTEN)
    elif mode == "silent":
        hub.slow(part, seconds=2 * TIMEOUT, method=method, times=OFTEN)
    else:
        headers = {"Retry-After": "0"} if mode == "429" else {}
        hub.fail(part, status=int(mode), headers=headers, method=method, times=OFTEN)


def publish_broken(hub, folders, mode, method, part):
    """Publish while a step fails; return the status. Only a Hub that is silent meets an impatient client."""
    break_down(hub, mode, method, part)
    with pytest.MonkeyPatch.context() as patch:
        if mode == "silent":
            patch.setattr("search.hub_timeouts.HUB_TIMEOUT_SECONDS", TIMEOUT)
        return main(arguments(folders))


@pytest.fixture
def changing(folders, tmp_path):
    """A function that changes a file of the dataset and two of the model, and returns the three folders."""
    _, model, loop = folders
    dataset = tmp_path / "dataset"
    shutil.copytree(loop.dataset, dataset)
    card = (dataset / "README.md").read_text()

    def change(number):
        (dataset / "note.parquet").write_bytes(b"rows %d" % number)
        (dataset / "README.md").write_text(f"{card}\nBuild {number}\n")
        (model / "model.safetensors").write_bytes(b"weights %d" % number)
        return dataset, model, loop

    return change


def failed_line(capsys, caplog):
    """The one line of the error; no token in it or in anything else that was said."""
    said = capsys.readouterr().err
    assert TOKEN not in said + caplog.text
    lines = [line for line in said.splitlines() if "error:" in line]
    assert len(lines) == 1, said
    assert "Traceback" not in said
    return lines[0]


def check_variables(hub):
    """The Space's variables name the heads of the three."""
    variables = hub.repo("space", SPACE).variables
    assert set(variables) == {"BASE_MODEL", "TUNED_MODEL", "DATASET"}
    for kind, name in (("model", "TUNED_MODEL"), ("dataset", "DATASET")):
        assert variables[name] == f"{dict(REPOS)[kind]}@{hub.repo(kind, dict(REPOS)[kind]).head.sha}"


def check_failure(hub, folders, before, mode, step, said):
    """Publish into a failing Hub: each repository is as before or complete, and the run after it finishes."""
    method, part = (STEPS | FIRST_STEPS)[step]
    status = publish_broken(hub, folders, mode, method, part)
    if status == 0 and (step, mode) in HARMLESS:
        hub.heal()
        return all_files(hub)
    assert status == 2, f"{mode} at {step}"
    line = said()
    assert re.match(r"train\.publish: error: the Hub (did not |has no )", line), line
    assert line.endswith("check the token's rights and the network, then run again")
    after = all_files(hub)
    hub.heal()
    assert main(arguments(folders)) == 0
    complete = all_files(hub)
    check_variables(hub)
    for kind, _ in REPOS:
        # A new repository holds the Hub's own file.
        known = [before.get(kind), complete[kind]] + (
            [] if kind in before else [{".gitattributes": complete[kind][".gitattributes"]}]
        )
        assert after.get(kind) in known, f"{kind} is half after {mode} at {step}"
    return complete


@pytest.mark.parametrize("step", STEPS)
def test_failure_at_a_step_leaves_nothing_half_and_the_next_run_finishes(
    hub, base, changing, quick_client, capsys, caplog, step
):
    assert main(arguments(changing(0))) == 0
    files = all_files(hub)
    for number, mode in enumerate(MODES, start=1):
        complete = check_failure(hub, changing(number), files, mode, step, lambda: failed_line(capsys, caplog))
        assert all(complete[kind] != files[kind] for kind, _ in REPOS)
        files = complete
    assert sum(len(hub.repo(kind, name).commits) for kind, name in REPOS) == 3 * (2 + len(MODES))


@pytest.mark.parametrize("mode", MODES)
def test_failure_at_a_new_repository_leaves_nothing_half_and_the_next_run_finishes(
    hub, base, folders, quick_client, capsys, caplog, mode
):
    complete = check_failure(hub, folders, {}, mode, "new repository", lambda: failed_line(capsys, caplog))
    assert set(complete) == {kind for kind, _ in REPOS}


def test_variables_that_were_set_in_part_are_set_by_the_next_run(
    hub, base, changing, quick_client, capsys, caplog, monkeypatch
):
    assert main(arguments(changing(0))) == 0
    add, added = HfApi.add_space_variable, []

    def second_fails(api, *given):
        added.append(given)
        if len(added) == 2:
            hub.fail("/variables", status=500, method="POST", times=OFTEN)
        return add(api, *given)

    monkeypatch.setattr(HfApi, "add_space_variable", second_fails)
    assert main(arguments(changing(1))) == 2
    assert "did not take the variables" in failed_line(capsys, caplog)
    hub.heal()
    assert main(arguments(changing(1))) == 0
    check_variables(hub)


def test_publishing_asks_for_nothing_but_the_steps(hub, base, changing):
    assert main(arguments(changing(0))) == 0
    assert main(arguments(changing(1))) == 0
    repo = r"/(api/)?((models|datasets|spaces)/)?alice/jobs(-dataset|-model)?"
    addresses = {(one.method, re.sub(repo, "/REPO", one.path.split("?")[0])) for one in hub.requests}
    assert {(method, re.sub(r"[0-9a-f]{40,}", "SHA", path)) for method, path in addresses} == {
        ("GET", "/api/whoami-v2"),
        ("GET", "/REPO"),
        ("GET", "/REPO/tree/SHA"),
        ("GET", "/api/models/sentence-transformers/all-MiniLM-L6-v2"),
        ("POST", "/api/repos/create"),
        ("POST", "/api/validate-yaml"),
        ("POST", "/REPO/preupload/main"),
        ("POST", "/REPO.git/info/lfs/objects/batch"),
        ("PUT", "/objects/SHA"),
        ("POST", "/REPO.git/info/lfs/verify"),
        ("POST", "/REPO/commit/main"),
        ("GET", "/REPO/variables"),
        ("POST", "/REPO/variables"),
    }


def test_commit_that_comes_after_someone_elses_is_refused_and_theirs_stays(
    hub, base, changing, capsys, caplog, monkeypatch
):
    assert main(arguments(changing(0))) == 0
    theirs = {"README.md": b"by hand"}

    def late(plan, changes, **how):
        if plan.kind == "dataset":
            hub.add_commit("dataset", plan.repo_id, theirs, title="By someone else")
        return push_changes(plan, changes, **how)

    monkeypatch.setattr("train.publish.push_changes", late)
    assert main(arguments(changing(1))) == 2
    assert "A commit has happened since" in failed_line(capsys, caplog)
    assert hub.repo("dataset", "alice/jobs-dataset").files["README.md"] == b"by hand"
