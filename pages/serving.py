"""Serving the page: loading, laying out, starting Gradio."""

import importlib
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import gradio as gr

from data.corpus.language import find_languages
from data.dataset import load_job_dataset
from data.votes import VoteLog
from pages.api import build_endpoints
from pages.assets import read_scripts, read_styles
from pages.blind import BlindTest
from pages.config import AppConfig
from pages.context import PageContext
from pages.layout import build_page
from pages.loading import find_report, hybrid_weight, label_models, load_systems, match_report
from pages.map import Maps
from pages.quick_start import without_garbage_collection
from pages.visits import Visits
from pages.web.direct_api import Endpoint
from pages.web.opening import MAX_SESSIONS, open_surface
from pages.web.proxies import bypass_proxies, without_unusable_proxies
from pages.web.upload_gate import MAX_FILE_BYTES, take_folder
from pages.web.waiting import WaitingPage
from search.encoding.byte_products import load_multiply
from search.understanding.gazetteer import cities
from views.evidence import render_evidence
from views.templating import render
from views.theme import build_theme

logger = logging.getLogger(__name__)

# Imported once the page is served, so that neither the start nor the first vote or map waits for them.
LATER = ("scipy.stats", "sklearn.neighbors")
NO_MODEL = (
    "This Space has no tuned model: set its variable TUNED_MODEL to the id of one on the Hub, USER/NAME, or publish one "
    "with `python -m train.publish --dataset DIR --model DIR --space USER/NAME`."
)


def serve(config: AppConfig, waiting: WaitingPage | None = None) -> None:
    """Load everything and serve until interrupted; on a Space, a page that says what is missing.

    Until then `waiting` has the port.
    """
    try:
        if config.lacks_model:
            raise FileNotFoundError(NO_MODEL)
        if config.uploads:
            take_folder(config.cache, config.port)
        with without_garbage_collection():
            page, endpoints = load_page(config)
    except (ValueError, OSError) as error:
        # Who runs a command reads the error there; who visits a Space sees only the page.
        if not config.space:
            raise
        logger.exception("error     the page tells what is missing")
        page, endpoints = build_problem_page(str(error), config), {}
    if waiting:
        waiting.close()
    launch(page, config, endpoints)


def load_page(config: AppConfig) -> tuple[gr.Blocks, dict[str, Endpoint]]:
    """Load models, dataset and report, and lay out the page; return it with its endpoints by name."""
    # Before there are other threads: what they import asks torch's module for things, and fails while it is half there.
    load_multiply()
    dataset = load_job_dataset(config.dataset)
    found = find_report(config)
    with ThreadPoolExecutor(1) as aside:
        languages = aside.submit(find_languages, [one.text for one in dataset.listings])
        # What the reader of queries asks first: half of its time.
        aside.submit(cities)
        systems = load_systems(config, dataset, found.report)
    found = match_report(found, systems, dataset.dataset_hash)
    # Made before somebody asks, as it takes seconds.
    systems.listener.read("")
    context = PageContext(
        systems,
        label_models(config),
        languages=tuple(languages.result()),
        report=found.report,
        sides=found.sides,
    )
    blind = BlindTest(
        context,
        VoteLog(config.votes, repo_id=config.feedback),
        models=systems.fingerprints,
        proposals=[query.text for query in dataset.queries("test")] if dataset.triplets.get("test") else [],
        trusts_proxy=config.trusts_proxy,
    )
    endpoints = build_endpoints(context)
    page = build_page(
        Visits(context),
        Maps(context, config.cache),
        blind,
        endpoints,
        header=render(
            "header.html",
            count=len(systems.listings),
            fictional=dataset.is_fictional,
            space=config.space,
            uploads=config.uploads,
        ),
        evidence=render_evidence(found.report, problem=found.problem, listings=systems.listings, sides=found.sides),
        about=render(
            "about.html",
            names=systems.names,
            fictional=dataset.is_fictional,
            scoring=systems.tuned.scoring,
            client=config.space or f"http://{config.host}:{config.port}",
        ),
        uploads=config.uploads,
        hybrid_weight=hybrid_weight(found.report, systems.tuned.encoder.fingerprint),
    )
    return page, endpoints


def build_problem_page(problem: str, config: AppConfig) -> gr.Blocks:
    """Lay out a page that says why there is no other."""
    # ZeroGPU ends an app in which it finds no function of its own at startup: this module has one.
    importlib.import_module("search.encoding.zero_gpu")
    with gr.Blocks(title="Shortlist", analytics_enabled=False) as page:
        gr.HTML(render_problem(problem, config))
    return page


def render_problem(problem: str, config: AppConfig) -> str:
    """Return what is wrong, and which variables of the Space decide it."""
    values = {"BASE_MODEL": config.base, "TUNED_MODEL": " ".join(config.models), "DATASET": config.dataset}
    return render("problem.html", problem=problem, variables=values)


def launch(page: gr.Blocks, config: AppConfig, endpoints: Mapping[str, Endpoint]) -> None:
    """Serve a page until interrupted."""
    bypass_proxies(config.host)
    with without_unusable_proxies():
        page.launch(
            server_name=config.host,
            server_port=config.port,
            theme=build_theme(),
            css=read_styles(),
            head=read_scripts(),
            app_kwargs=open_surface(page, config, endpoints),
            # The page's own script refuses larger ones before they are sent.
            max_file_size=MAX_FILE_BYTES if config.uploads else 0,
            state_session_capacity=MAX_SESSIONS,
            # Rendered on the server, the page stays white in a Space's iframe (gradio's issue 12555).
            ssr_mode=False,
            mcp_server=True,
            run_history=False,
            enable_monitoring=False,
            pwa=False,
            footer_links=["api"],
            prevent_thread_lock=True,
        )
    for name in LATER:
        importlib.import_module(name)
    page.block_thread()
