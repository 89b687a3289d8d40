"""The dataset card, README.md of a dataset folder, from build.json."""

from pathlib import Path

from data.manifest import BuildRecord
from data.sources.source import SAMPLE_NAME
from search.text_templates import text_templates

SAMPLE_NOTE = (
    "**Fictional.** All listings, companies and queries were written by a language model for the Shortlist project; no "
    "posting or person behind them is real. Numbers measured on it say how methods compare on this text, not how they "
    "do on a real job board."
)
TEMPLATES = text_templates(Path(__file__).parent)
# What people wrote, whose line breaks would end a line of the card.
TEMPLATES.filters["one_line"] = lambda text: " ".join(text.split())


def render_dataset_card(build: BuildRecord) -> str:
    """Return the card, with the front matter that `load_dataset` reads."""
    template = TEMPLATES.get_template("dataset_card.md.jinja")
    return template.render(build=build, sample_note=SAMPLE_NOTE if build.source == SAMPLE_NAME else "")
