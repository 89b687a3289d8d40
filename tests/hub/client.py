"""Real clients in a new Python, as their settings are read at import."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

ROOT = Path(__file__).parents[2]
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV")


class ClientError(AssertionError):
    """Raised when the code in the new Python ended with an error; the message is its stderr."""


def client_environment(
    *, endpoint: str, home: Path, token: str | None = None, variables: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the environment of a client of the local Hub: caches under `home`, no xet, nothing sent elsewhere.

    HF_UPDATE_DOWNLOAD_COUNTS=0 stops `datasets` from a HEAD to S3 at each `load_dataset` of a repo. For a dataset's
    default revision it also asks the dataset viewer at `datasets-server.127.0.0.1`, a name that resolves to nothing.
    `variables` come last; USE_TORCH=0 saves the import of torch that `datasets` does for a stream (seconds).
    """
    made = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    made |= {
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_UPDATE_DOWNLOAD_COUNTS": "0",
        "NO_PROXY": "127.0.0.1",
        "PYTHONPATH": str(ROOT),
    }
    return made | ({"HF_TOKEN": token} if token else {}) | dict(variables or {})


def run_client(
    code: str,
    *,
    endpoint: str,
    home: Path,
    token: str | None = None,
    variables: Mapping[str, str] | None = None,
    seconds: float = 60,
) -> Any:
    """Run code in a new Python and return what it gave to `say(value)`, through JSON.

    Raises:
        ClientError: it ended with an error, or said nothing.
        subprocess.TimeoutExpired: it took longer than `seconds`.
    """
    said = home / "said.json"
    home.mkdir(parents=True, exist_ok=True)
    said.unlink(missing_ok=True)
    start = f"import json, pathlib\ndef say(value):\n    pathlib.Path({str(said)!r}).write_text(json.dumps(value))\n"
    done = subprocess.run(
        [sys.executable, "-c", start + dedent(code)],
        env=client_environment(endpoint=endpoint, home=home, token=token, variables=variables),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if done.returncode or not said.exists():
        raise ClientError(f"Expected the client to say a value; it ended with {done.returncode}:\n{done.stderr}")
    return json.loads(said.read_text())
