"""The panel in which a visitor brings listings of their own."""

import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from comparison.request import ComparisonRequest, read_address, without_filters
from data.corpus.language import find_languages
from data.sources.opening import ENDINGS, PACKED_ENDINGS
from data.upload import ReadUpload, UploadBounds, read_upload
from pages.context import PageContext
from pages.own_systems import build_own_systems
from pages.visits import Visits
from pages.web.upload_gate import MAX_FILE_BYTES
from views.own import render_panel, render_problem, render_read

logger = logging.getLogger(__name__)

# Of a listing; where they are longer, fewer are taken, so that reading them takes no longer than is said.
MEAN_CHARACTERS = 1_500
GONE = "The file is not here any more. Choose it again."
SEND_FILE = "(file) => [file, location.search]"


@dataclass(frozen=True)
class Uploads:
    """What the panel's handler shares.

    `most` is how many listings are taken of a file, `received` the paths of the files that this server was sent.
    """

    visits: Visits
    most: int
    hybrid_weight: float
    received: set[str]

    @property
    def bounds(self) -> UploadBounds:
        """How much of a file is taken."""
        return UploadBounds(self.most, self.most * MEAN_CHARACTERS)


def bring(uploads: Uploads, session: str, path: str, address: str | None, report: Callable[[int, int], None]) -> str:
    """Read a file's listings and keep them for one visit; return what was read, or what is wrong."""
    try:
        with taken(uploads.received, path) as file, uploads.visits.reading(session) as check:

            def tell(done: int, total: int) -> None:
                check()
                report(done, total)

            read = read_upload(file, uploads.bounds)
            check()
            context = _build_context(uploads, read, tell)
            uploads.visits.keep(session, context)
    except ValueError as error:
        return render_problem(str(error))
    return render_read(
        read.listings,
        _own_request(uploads, address),
        file=f"{read.name} ({read.format})",
        rows=read.rows,
        left_out=read.left_out,
        notes=[*read.notes, f"Columns: {read.columns}."],
    )


def _build_context(uploads: Uploads, read: ReadUpload, report: Callable[[int, int], None]) -> PageContext:
    served = uploads.visits.served
    systems = build_own_systems(served.systems, read.listings, hybrid_weight=uploads.hybrid_weight, report=report)
    # Not `replace`: what the served context has made would keep these listings after the visit.
    return PageContext(
        systems,
        served.labels,
        own=f"{read.name}, {len(read.listings):,}",
        languages=tuple(find_languages([one.text for one in read.listings])),
    )


def _own_request(uploads: Uploads, address: str | None) -> ComparisonRequest:
    """Return the comparison at an address, over all of the visitor's own listings."""
    request = read_address(address or "", choices=uploads.visits.served.choices)[0]
    return replace(without_filters(request), is_own=True)


@contextmanager
def taken(received: set[str], path: str) -> Iterator[Path]:
    """Move a received file to a folder of its own, which goes at the end; nobody else can have it then.

    Raises:
        ValueError: this server was sent no such file, or somebody has it already.
    """
    if path not in received:
        raise ValueError(GONE)
    received.discard(path)
    with tempfile.TemporaryDirectory() as folder:
        try:
            moved = Path(shutil.move(path, folder))
        except OSError as error:
            raise ValueError(GONE) from error
        # Gradio makes a folder for each content.
        with suppress(OSError):
            Path(path).parent.rmdir()
        yield moved


def build_own_panel(uploads: Uploads, page: gr.Blocks) -> None:
    """Lay out the panel, which the page's script makes one that opens over the page."""
    with gr.Column(elem_id="sl-own"):
        gr.HTML(render_panel(uploads.most, MAX_FILE_BYTES))
        file = gr.File(
            label="A file of listings", file_types=[*ENDINGS, *PACKED_ENDINGS], height=130, elem_id="sl-own-file"
        )
        said = gr.HTML("", elem_id="sl-own-said")
        address = gr.Textbox(visible="hidden", label="Address of the comparison")

    def handle(
        request: gr.Request,
        sent: dict[str, Any] | None,
        at: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[Any, str]:
        def report(done: int, total: int) -> None:
            progress((done, total), desc="Both models read your listings", unit="passages")

        progress(0, desc="The file is read")
        path = str((sent or {}).get("path") or "")
        return None, bring(uploads, request.session_hash or "", path, at, report)

    def leave(request: gr.Request) -> None:
        uploads.visits.end(request.session_hash)

    # Not preprocessed: Gradio would leave an empty file behind for each. The path is checked by `taken`.
    file.upload(
        handle,
        [file, address],
        [file, said],
        js=SEND_FILE,
        preprocess=False,
        api_visibility="private",
        show_progress="full",
        show_progress_on=said,
        concurrency_limit=None,
    )
    page.unload(leave)
