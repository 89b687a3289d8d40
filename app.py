"""The Space: read the options, serve the page."""

import signal
import sys
from collections.abc import Sequence
from contextlib import closing, nullcontext

from pages.config import AppConfig
from pages.quick_start import quick_imports
from pages.web.proxies import without_unusable_proxies
from pages.web.waiting import WaitingPage
from search.cli import run_command


def command(config: AppConfig) -> None:
    """Serve the comparison page."""
    # A Space has a page of its own until the app is there; ZeroGPU looks at the app once the port answers.
    waiting = None if config.space else WaitingPage(config.host, config.port)
    with closing(waiting) if waiting else nullcontext():
        # Imported here: it takes seconds, and --help or a typing error should not wait for it.
        # Gradio makes a client of the network while it is imported.
        with quick_imports(), without_unusable_proxies():
            from pages.serving import serve  # noqa: PLC0415
        serve(config, waiting)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the app and return its exit status."""
    # A Space is ended by this signal; leaving in order pushes the last votes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    return run_command(command, argv, prog="app.py")


if __name__ == "__main__":
    sys.exit(main())
