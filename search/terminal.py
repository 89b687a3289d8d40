"""Texts of others on a terminal: shown, never obeyed."""

import logging
import unicodedata

# Control, format and surrogate characters, and the separators that some terminals take for line breaks.
ACTING = ("Cc", "Cf", "Cs", "Zl", "Zp")


def printable(text: str) -> str:
    r"""Write characters that act on a terminal as escapes: a sequence that clears it as `\x1b[2J`.

    Line breaks and tabs stay.
    """
    if text.isprintable():
        return text
    return "".join(_escape(one) if unicodedata.category(one) in ACTING and one not in "\n\t" else one for one in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def say(*lines: str) -> None:
    """Print lines, see `printable`."""
    print(*map(printable, lines), sep="\n", flush=True)


class PlainFormatter(logging.Formatter):
    """Formats a log's lines as `printable` does."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        return printable(super().format(record))
