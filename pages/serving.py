"""Serving the page: loading, laying out, starting Gradio."""

from pathlib import Path

from data.dataset import load_job_dataset
from data.votes import VoteLog
from pages.blind import BlindTest
from pages.config import AppConfig, check_port_free
from pages.context import PageContext
from pages.layout import build_page
from pages.loading import describe_tuned, find_report, load_systems, match_report
from pages.map import Maps
from views.evidence import render_evidence
from views.templating import render
from views.theme import build_theme

STATIC = Path(__file__).parents[1] / "views" / "static"


def serve(config: AppConfig) -> None:
    """Load everything and serve until interrupted."""
    check_port_free(config.host, config.port)
    dataset = load_job_dataset(config.dataset)
    found = find_report(config)
    systems = load_systems(config, dataset, found.report)
    found = match_report(found, systems, dataset.dataset_hash)
    # Made before somebody asks, as it takes seconds.
    systems.listener.read("")
    label = describe_tuned(config.tuned)
    context = PageContext(systems, {"tuned": label} if label else {})
    blind = BlindTest(
        context,
        VoteLog(config.votes, repo_id=config.feedback),
        models=systems.fingerprints,
        proposals=[query.text for query in dataset.queries("test")] if dataset.triplets.get("test") else [],
    )
    page = build_page(
        context,
        Maps(context, config.cache),
        blind,
        header=render("header.html", count=len(systems.listings), fictional=dataset.is_fictional, space=config.space),
        evidence=render_evidence(found.report, problem=found.problem, listings=systems.listings, sides=found.sides),
        about=render("about.html", names=systems.names, fictional=dataset.is_fictional, scoring=systems.tuned.scoring),
    )
    page.launch(
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
