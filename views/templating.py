"""Templates to HTML, with every value escaped."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from comparison.request import ComparisonRequest, without_filters
from views.sides import TITLES
from views.words import excerpt, mark_words

TEMPLATES = Path(__file__).parent / "templates"
# Gradio evaluates HTML components as JavaScript template literals; these characters could start an expression.
EVALUATED = re.compile(r"[${}`\\]")

_environment = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    # Else each use of a template looks whether its file has changed.
    auto_reload=False,
)
_environment.filters |= {"excerpt": excerpt, "mark": mark_words}
_environment.globals |= {"TITLES": TITLES, "ComparisonRequest": ComparisonRequest, "without_filters": without_filters}


def render(template: str, **values: object) -> str:
    """Render a template to HTML that shows every value literally."""
    html = _environment.get_template(template).render(values)
    # In the whole result, so that no filter and no value that is HTML already goes past it.
    return EVALUATED.sub(lambda match: f"&#{ord(match[0])};", html)
