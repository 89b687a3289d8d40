"""The page's own styles and scripts, as they are sent: without comments and the room between words."""

from pathlib import Path

from rcssmin import cssmin
from rjsmin import jsmin
from starlette.responses import Response
from starlette.routing import Route

from pages.web.secure_headers import hash_script

STATIC = Path(__file__).parents[1] / "views" / "static"
STYLES = ("page.css", "tabs.css")
# Before anything is painted.
FIRST_SCRIPT, FIRST_STYLE = "theme.js", "first.css"
# In this order: the first makes what the others add to.
SCRIPTS = ("page.js", "compare.js", "save.js", "tabs.js", "blind.js", "evidence.js", "stream.js", "busy.js")
# Fetched when the tab is opened, as it is the longest, and most people never open it.
LATE_SCRIPTS = ("map.js",)


def read_script(name: str) -> str:
    """Return a script."""
    return str(jsmin((STATIC / name).read_text(encoding="utf-8")))


def read_scripts() -> str:
    """Return elements with the scripts that the page begins with."""
    return "".join(f"<script>{read_script(name)}</script>" for name in SCRIPTS)


def script_hashes() -> list[str]:
    """Return the hashes of the scripts that the page begins with."""
    return [hash_script(read_script(name)) for name in SCRIPTS]


def read_style(name: str) -> str:
    """Return a style sheet."""
    return str(cssmin((STATIC / name).read_text(encoding="utf-8")))


def read_styles() -> str:
    """Return the style sheets that Gradio adds, as one."""
    return "".join(map(read_style, STYLES))


def read_first() -> str:
    """Return elements with what counts before anything is painted."""
    return f"<script>{read_script(FIRST_SCRIPT)}</script><style>{read_style(FIRST_STYLE)}</style>"


def late_routes() -> list[Route]:
    """Return what serves the late scripts, each at `script/NAME` below the page."""

    def serve(text: str) -> Response:
        return Response(text, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    texts = {name: read_script(name) for name in LATE_SCRIPTS}
    return [Route(f"/script/{name}", lambda _, text=text: serve(text)) for name, text in texts.items()]
