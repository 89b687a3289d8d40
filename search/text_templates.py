"""Templates of plain text and Markdown: cards, reports."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape


def text_templates(folder: Path) -> Environment:
    """Open a folder's templates; a missing value is an error."""
    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        # Of HTML only: these are Markdown and plain text.
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
