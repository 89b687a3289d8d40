"""What is served while models load: a page that opens the app once it is there, and 503 for programs.

The standard library's server, as it has to answer before anything large is imported.
"""

import base64
import hashlib
import json
import socket
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pages.config import check_port_free

SECONDS = 2
SAID = "Shortlist loads its models, which takes some seconds. This page opens by itself."
SCRIPT = (
    "const look = () => fetch('./', { method: 'HEAD' }).then((answer) => answer.ok).catch(() => false)"
    ".then((there) => (there ? location.reload() : setTimeout(look, 500))); look();"
)
PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shortlist</title>'
    '<meta name="viewport" content="width=device-width"><style>body{font:16px system-ui;margin:20vh auto;'
    "max-width:32em;padding:0 1em;color-scheme:light dark}</style></head>"
    f'<body><h1>Shortlist</h1><p role="status">{SAID}</p><script>{SCRIPT}</script></body></html>'
)
POLICY = (
    "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; script-src "
    f"'sha256-{base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()}'"
)


class Handler(BaseHTTPRequestHandler):
    """Answers every request with 503: in HTML where a page was asked for, else in JSON."""

    timeout = 5

    def do_GET(self) -> None:
        """Answer."""
        is_page = self.path.partition("?")[0] == "/"
        body = PAGE if is_page else json.dumps({"error": SAID, "detail": SAID})
        self.send_response(HTTPStatus.SERVICE_UNAVAILABLE)
        self.send_header("Retry-After", str(SECONDS))
        self.send_header("Content-Type", "text/html; charset=utf-8" if is_page else "application/json")
        self.send_header("Content-Length", str(len(body.encode())))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.encode())

    do_HEAD = do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Log nothing: an address holds a query."""


class SixthServer(ThreadingHTTPServer):
    """The same at an address of IPv6."""

    address_family = socket.AF_INET6


class WaitingPage:
    """Serves the page from now until it is closed."""

    def __init__(self, host: str, port: int) -> None:
        """Begin.

        Raises:
            OSError: the port is in use, or the host is not one of this machine.
        """
        check_port_free(host, port)
        self._server = (SixthServer if ":" in host else ThreadingHTTPServer)((host.strip("[]"), port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Give the port back; again does nothing."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
