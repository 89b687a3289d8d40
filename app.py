"""The Space: load the systems, lay out the page, launch."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from data.dataset import load_job_dataset
from data.votes import VoteLog
from pages.blind import BlindTest
from pages.config import DEFAULT_TUNED, AppConfig, check_port_free
from pages.context import build_context
from pages.layout import Texts, build_page
from pages.loading import dense_searchers, find_report, load_report, load_systems, model_fingerprints
from pages.map import Maps
from search.cli import run_command
from search.encoding.loading import DEFAULT_BASE
from search.encoding.passages import READINGS
from views.evidence import render_evidence
from views.page import render_about, render_header
from views.theme import build_theme

STATIC = Path(__file__).parent / "views" / "static"


def serve(config: AppConfig) -> None:
    """Load everything and serve until interrupted."""
    check_port_free(config.host, config.port)
    dataset = load_job_dataset(config.dataset)
    systems = load_systems(config, dataset)
    report, problem = load_report(find_report(config), systems, dataset.dataset_hash)
    context = build_context(systems)
    blind = BlindTest(
        context,
        VoteLog(config.votes, repo_id=config.feedback),
        models=model_fingerprints(systems),
        proposals=[query.text for query in dataset.queries("test")] if dataset.triplets.get("test") else [],
    )
    base, tuned = dense_searchers(systems)
    texts = Texts(
        header=render_header(len(systems.listings), fictional=dataset.is_fictional, space=config.space),
        evidence=render_evidence(report, problem=problem, listings=systems.listings),
        about=render_about(
            systems.base_name, systems.tuned_name, fictional=dataset.is_fictional, reading=tuned.reading
        ),
    )
    build_page(context, texts, Maps(context, base, tuned, cache=config.cache), blind).launch(
        server_name=config.host,
        server_port=config.port,
        theme=build_theme(),
        css_paths=STATIC / "page.css",
        head=f"<script>{(STATIC / 'page.js').read_text(encoding='utf-8')}</script>",
        # Rendered on the server, the page stays white in a Space's iframe (gradio's issue 12555).
        ssr_mode=False,
        mcp_server=True,
        footer_links=["api"],
    )


def build_parser() -> argparse.ArgumentParser:
    """Make the parser; a Space sets the environment variables."""
    default = os.environ.get
    parser = argparse.ArgumentParser(prog="app.py", description="Serve the comparison page.")
    parser.add_argument("--base", default=default("BASE_MODEL", DEFAULT_BASE), help="model id or folder [%(default)s]")
    parser.add_argument(
        "--tuned", default=default("TUNED_MODEL", DEFAULT_TUNED), help="model id or folder [%(default)s]"
    )
    parser.add_argument(
        "--dataset", default=default("DATASET", "build/dataset"), help="folder or USER/NAME [%(default)s]"
    )
    parser.add_argument(
        "--benchmark", type=Path, default=Path("build/benchmark.json"), help="report for the Evidence tab [%(default)s]"
    )
    parser.add_argument(
        "--cache", type=Path, default=Path("build/index"), help="folder for vectors already made [%(default)s]"
    )
    parser.add_argument(
        "--reading",
        choices=READINGS,
        help="how both models read a listing: all of it, in windows, by token besides, or its first tokens only "
        "[as the tuned model was measured]",
    )
    parser.add_argument(
        "--votes", type=Path, default=Path("build/votes"), help="folder for votes of the blind test [%(default)s]"
    )
    parser.add_argument("--host", default=default("GRADIO_SERVER_NAME", "127.0.0.1"), help="[%(default)s]")
    parser.add_argument("--port", type=int, default=default("GRADIO_SERVER_PORT", "7860"), help="[%(default)s]")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the app and return its exit status."""
    options = vars(build_parser().parse_args(argv))
    options |= {"space": os.environ.get("SPACE_ID", ""), "feedback": os.environ.get("FEEDBACK_DATASET", "")}
    # A Space is ended by this signal; leaving in order pushes the last votes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    return run_command(lambda: serve(AppConfig(**options)), name="app")


if __name__ == "__main__":
    sys.exit(main())
