"""The Space: read the options, serve the page."""

import signal
import sys
from collections.abc import Sequence

from pages.config import AppConfig
from search.cli import run_command


def command(config: AppConfig) -> None:
    """Serve the comparison page."""
    # Imported here: it takes seconds, and --help or a typing error should not wait for it.
    from pages.serving import serve  # noqa: PLC0415

    serve(config)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the app and return its exit status."""
    # A Space is ended by this signal; leaving in order pushes the last votes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    return run_command(command, argv, prog="app.py")


if __name__ == "__main__":
    sys.exit(main())
