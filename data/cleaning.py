"""Scraped descriptions -> plain text: no markup, no entities, spaces after full stops."""

import html
import re

from bs4 import BeautifulSoup

# Tags by name, so that "<100 ms" and "List<String>" stay text.
TAG_REST = (
    r"/?(?:a|b|br|div|em|font|h[1-6]|i|img|li|ol|p|script|span|strong|style|table|tbody|td|th|tr|u|ul)\b[^<>]{0,500}>"
)
TAG = re.compile(f"<{TAG_REST}", re.IGNORECASE)
NO_TAG = re.compile(f"<(?!{TAG_REST}|!--)", re.IGNORECASE)
BLOCK_TAGS = ("p", "br", "li", "ul", "ol", "div", "tr", "h1", "h2", "h3", "h4", "h5", "h6")
# A word of two letters or more, a full stop, a capitalised word: "models.You", not "Node.JS".
MISSING_SPACE = re.compile(r"(?<=[a-z]{2})([.!?])(?=[A-Z][a-z])")
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\ufeff]")


def clean_text(text: str) -> str:
    """Return the text as a reader would see it, one line break between blocks at most two."""
    if not TAG.search(text):
        text = html.unescape(text)
    if TAG.search(text):
        text = _without_tags(text)
    text = CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = MISSING_SPACE.sub(r"\1 ", text)
    text = re.sub(r"[^\S\n]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _without_tags(text: str) -> str:
    # The parser takes any "<word>" for a tag.
    soup = BeautifulSoup(NO_TAG.sub("&lt;", text), "html.parser")
    for hidden in soup(["script", "style"]):
        hidden.decompose()
    for block in soup(BLOCK_TAGS):
        block.insert_before("\n")
        block.insert_after("\n")
        if block.name == "li":
            block.insert(0, "- ")
    return soup.get_text()


def clean_line(text: str) -> str:
    """Clean a text that stands on one line, such as a title or a query."""
    return " ".join(clean_text(text).split())
