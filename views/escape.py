"""The one place that makes text of listings and queries safe to stand in HTML."""

import html

# Gradio evaluates HTML components as templates; these characters could start an expression.
TEMPLATE = str.maketrans({"$": "&#36;", "{": "&#123;", "}": "&#125;", "`": "&#96;", "\\": "&#92;"})


def escape(text: object) -> str:
    """Return the text as HTML that shows it literally, in content and in quoted attributes."""
    return html.escape(str(text), quote=True).translate(TEMPLATE)
