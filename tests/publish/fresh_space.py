"""The Space's folder in a new environment from its own requirements.txt, on CPU and with a stand-in for ZeroGPU.

    make space

Publishes build/dataset and build/model to the local Hub, makes the environment (minutes, and the packages' gigabytes),
and asks each Space for a comparison. Not one of the tests: these run the same folder in the environment that they have.
"""

import subprocess
import sys
import time
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from gradio_client import Client

from tests.conftest import ROOT, open_hub
from tests.hub import LocalHub
from tests.publish.conftest import SPACE
from tests.publish.test_space import QUERY, SPACES, add_base, space_started
from train.publish import main as publish

KINDS = {"cpu": {}, "zerogpu": {"spaces.py": SPACES.encode()}}


def make_environment(folder: Path, requirements: bytes) -> str:
    """Make an environment with nothing but these requirements; return its Python."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    (folder / "requirements.txt").write_bytes(requirements)
    command = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        folder / "requirements.txt",
    ]
    subprocess.run(command, check=True)
    return str(python)


def try_space(hub: LocalHub, kind: str, folder: Path, python: str) -> str:
    """Start the Space and ask it; return the line that tells how it went."""
    start = time.monotonic()
    with space_started(hub, folder / "space", folder / "home", KINDS[kind], python) as (address, log):
        seconds = time.monotonic() - start
        answer = Client(address, verbose=False).predict(query=QUERY, k=10, api_name="/compare")
        said = log.read_text().splitlines()
    decorated = sum(line.startswith("decorated ") for line in said)
    assert len(answer["base"]) == len(answer["tuned"]) == 10
    assert (decorated, said.count("on gpu")) == ((1, 2) if kind == "zerogpu" else (0, 0)), said
    return (
        f"{kind}: served after {seconds:.0f} s, {decorated} decorated, {said.count('on gpu')} calls on GPU, "
        f"first {answer['tuned'][0]['title']!r}"
    )


def main() -> int:
    """Run the command and return its exit status."""
    with pytest.MonkeyPatch.context() as patch, open_hub(patch) as hub, TemporaryDirectory() as folder:
        add_base(hub)
        built = [str(ROOT / "build" / name) for name in ("dataset", "model")]
        if publish(["--dataset", built[0], "--model", built[1], "--space", SPACE]):
            return 2
        python = make_environment(Path(folder, "env"), hub.repo("space", SPACE).files["requirements.txt"])
        for kind in KINDS:
            sys.stdout.write(try_space(hub, kind, Path(folder, kind), python) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
