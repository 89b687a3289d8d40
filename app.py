"""The Space: load the systems, lay out the page, launch."""

import argparse
import json
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from data.folder import JobDataset, load_job_dataset
from search.commands import run_command
from search.encoder import DEFAULT_BASE, load_encoder
from search.hybrid import DEFAULT_WEIGHT, HybridSearcher
from search.index import load_or_build_index
from search.lexical import LexicalSearcher
from search.passages import READINGS, WINDOWS, Reading
from search.records import Listing
from search.searcher import DenseSearcher
from search.systems import Systems, clean_query
from views.compare import Side, render_columns, render_hint, render_notice, render_summary
from views.evidence import render_evidence
from views.page import EXAMPLES, HINT, PLACEHOLDER, render_about, render_header
from views.theme import build_theme

NO_THIRD = "None"
STATIC = Path(__file__).parent / "views" / "static"
DEFAULT_TUNED = "build/model"
TRAIN_COMMAND = "python -m train --dataset build/dataset --out build/model"


@dataclass(frozen=True)
class AppConfig:
    """The options of app.py."""

    base: str
    tuned: str
    dataset: str
    benchmark: Path
    cache: Path
    reading: Reading
    host: str
    port: int

    def __post_init__(self) -> None:
        """Refuse what can't start, before models are loaded.

        Raises:
            ValueError: the port is out of range.
            FileNotFoundError: there is no tuned model yet.
        """
        if not 1 <= self.port <= 65535:
            raise ValueError(f"expected a port from 1 to 65535, got {self.port}")
        if self.tuned == DEFAULT_TUNED and not Path(self.tuned).exists():
            raise FileNotFoundError(
                f"expected a tuned model in {self.tuned}, there is none; make it with `make train`, "
                f"or with `{TRAIN_COMMAND}`"
            )


def check_port_free(host: str, port: int) -> None:
    """Refuse a port that someone else listens on.

    Raises:
        OSError: it is in use, or the host is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OSError(
                f"expected a free port, {host}:{port} can't be used ({error.strerror}); name another with --port"
            ) from error


def load_searcher(model: str, listings: Sequence[Listing], config: AppConfig) -> DenseSearcher:
    """Load a model and its index of the corpus; vectors that are not cached are made with progress."""
    encoder = load_encoder(model)
    index = load_or_build_index(encoder, listings, config.cache, reading=config.reading, show_progress=True)
    return DenseSearcher(encoder, index)


def load_systems(config: AppConfig, dataset: JobDataset) -> Systems:
    """Load both models, their indexes of the dataset's corpus, and what a third list may show."""
    tuned = load_searcher(config.tuned, dataset.listings, config)
    words = LexicalSearcher(dataset.listings)
    weight = load_weight(config.benchmark, tuned.encoder.fingerprint)
    return Systems(
        base=load_searcher(config.base, dataset.listings, config),
        tuned=tuned,
        base_name=config.base,
        tuned_name=config.tuned,
        listings={listing.listing_id: listing for listing in dataset.listings},
        others={"BM25": words, "Hybrid": HybridSearcher(tuned, words, weight=weight)},
    )


def load_weight(path: Path, fingerprint: str) -> float:
    """Return the weight that validation chose for the hybrid of this model; a half where no report has it."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["systems"].values()
        return next(
            (float(row["weight"]) for row in rows if row["fingerprint"] == f"hybrid-{fingerprint}"), DEFAULT_WEIGHT
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return DEFAULT_WEIGHT


def load_report(path: Path, systems: Systems, dataset_hash: str) -> tuple[dict[str, Any] | None, str]:
    """Read the benchmark report; None, and why, where there is none of these models and this dataset."""
    if not path.is_file():
        return None, ""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        measured = {row["fingerprint"] for row in report["systems"].values()}
        measured_on = report["dataset_hash"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, f"{path} is no benchmark report."
    if measured_on != dataset_hash:
        return None, f"{path} is about another dataset than the one shown here."
    searchers = (systems.base, systems.tuned)
    if not {one.encoder.fingerprint for one in searchers if isinstance(one, DenseSearcher)} <= measured:
        return None, f"{path} is about other models than the two shown here."
    return report, ""


def compare_query(systems: Systems, typed: str, k: float, third: str = NO_THIRD) -> tuple[str, str]:
    """Compare the systems on a query: the HTML of the summary and of the columns."""
    query = clean_query(typed or "")
    if not query.text:
        return render_hint(HINT), ""
    try:
        comparison = systems.compare(query.text, k=int(k), third="" if third == NO_THIRD else third)
    except ValueError as error:
        raise gr.Error(str(error)) from error
    names: dict[Side, str] = {"base": systems.base_name, "tuned": systems.tuned_name}
    if comparison.third:
        names["third"] = third
    return (
        render_notice(query.notice) + render_summary(comparison),
        render_columns(comparison, systems.listings, query=query.text, names=names),
    )


def build_page(systems: Systems, *, header: str, evidence: str, about: str) -> gr.Blocks:
    """Lay out the page and wire its events."""
    compare = partial(compare_query, systems)
    with gr.Blocks(title="Shortlist", analytics_enabled=False) as page:
        gr.HTML(header)
        with gr.Tab("Compare"):
            with gr.Row(elem_classes="sl-ask"):
                query = gr.Textbox(
                    label="Your skills",
                    placeholder=PLACEHOLDER,
                    lines=1,
                    max_lines=4,
                    scale=8,
                    min_width=300,
                    elem_id="sl-query",
                    autofocus=True,
                )
                k = gr.Slider(5, 25, value=10, step=1, label="Results", scale=2, min_width=140, elem_id="sl-k")
                third = gr.Dropdown(
                    [NO_THIRD, *systems.others],
                    value=NO_THIRD,
                    label="Third list",
                    scale=2,
                    min_width=130,
                    elem_id="sl-third",
                )
                button = gr.Button("Compare", variant="primary", scale=1, min_width=110, elem_id="sl-go")
            with gr.Row(elem_classes="sl-chips"):
                chips = [gr.Button(text, size="sm", variant="secondary", min_width=60) for text in EXAMPLES]
            summary = gr.HTML(render_hint(HINT), elem_id="sl-summary")
            columns = gr.HTML("", elem_id="sl-columns")
        with gr.Tab("Evidence"):
            gr.HTML(evidence)
        with gr.Tab("About"):
            gr.HTML(about)
        inputs, outputs = [query, k, third], [summary, columns]
        gr.on([button.click, query.submit], compare, inputs, outputs, api_name="compare", show_progress="minimal")
        gr.on([k.change, third.change], compare, inputs, outputs, api_visibility="private", show_progress="hidden")
        for chip, text in zip(chips, EXAMPLES, strict=True):
            chip.click(partial(str, text), None, query, api_visibility="private", show_progress="hidden").then(
                compare, inputs, outputs, api_visibility="private", show_progress="minimal"
            )
    return page


def serve(config: AppConfig) -> None:
    """Load everything and serve until interrupted."""
    check_port_free(config.host, config.port)
    dataset = load_job_dataset(config.dataset)
    systems = load_systems(config, dataset)
    report, problem = load_report(config.benchmark, systems, dataset.dataset_hash)
    about = render_about(config.base, config.tuned, fictional=dataset.is_fictional)
    header = render_header(len(systems.listings), fictional=dataset.is_fictional)
    page = build_page(systems, header=header, evidence=render_evidence(report, problem=problem), about=about)
    page.launch(
        server_name=config.host,
        server_port=config.port,
        theme=build_theme(),
        css_paths=STATIC / "page.css",
        head=f"<script>{(STATIC / 'page.js').read_text(encoding='utf-8')}</script>",
        ssr_mode=False,
        footer_links=["api"],
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the app and return its exit status."""
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
        default=WINDOWS,
        help="what both models read of a listing: all of it, in windows, or its first tokens [%(default)s]",
    )
    parser.add_argument("--host", default=default("GRADIO_SERVER_NAME", "127.0.0.1"), help="[%(default)s]")
    parser.add_argument("--port", type=int, default=default("GRADIO_SERVER_PORT", "7860"), help="[%(default)s]")
    options = vars(parser.parse_args(argv))
    return run_command(lambda: serve(AppConfig(**options)), name="app")


if __name__ == "__main__":
    sys.exit(main())
