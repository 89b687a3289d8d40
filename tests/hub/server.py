"""The HTTP side of the local Hub: sockets, tokens, the log of requests, and the told failures."""

import sys
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR

from tests.hub.answers import Answer, Asked, RefusalError, error_answer, refuse
from tests.hub.faults import Fault, Faults
from tests.hub.routes import HUB_ROUTES, STORAGE_ROUTES, Desk, Routes, dispatch
from tests.hub.store import Repo, Store


@dataclass(frozen=True)
class Request:
    """One answered request; `authorized` tells that an Authorization header came, which is never kept."""

    server: str
    method: str
    path: str
    authorized: bool
    byte_range: str | None
    status: int


class LocalHub:
    """A Hub for the length of a `with` block.

    Large files are served by a second port, as the Hub's come from another host: the client must follow the redirect
    without its token.

    Args:
        tokens: Token -> user name. A user may write under `user/`.
        read_tokens: The same for tokens that may only read.
    """

    def __init__(
        self, tokens: Mapping[str, str] | None = None, *, read_tokens: Mapping[str, str] | None = None
    ) -> None:
        self._writers = dict(tokens or {})
        self._readers = dict(read_tokens or {})
        self._faults = Faults()
        self._lock = threading.RLock()
        self.requests: list[Request] = []
        self.unknown: list[str] = []
        self.broken: list[str] = []
        self._hub = _start(self, "hub", HUB_ROUTES)
        self._storage = _start(self, "storage", STORAGE_ROUTES)
        self.endpoint = _address(self._hub)
        self._desk = Desk(Store(), self.endpoint, _address(self._storage))

    def __enter__(self) -> "LocalHub":
        for server in (self._hub, self._storage):
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        for server in (self._hub, self._storage):
            server.shutdown()
            server.server_close()
        if self.broken and kind is None:
            raise RuntimeError("A route of the local Hub failed:\n" + "\n".join(self.broken))

    def add_repo(self, kind: str, repo_id: str, files: Mapping[str, bytes], *, private: bool = False) -> str:
        """Make a repository with these files and return the sha of its last commit."""
        with self._lock:
            self._desk.store.create(kind, repo_id, private=private)
            return self.add_commit(kind, repo_id, files, title="Add files")

    def add_commit(self, kind: str, repo_id: str, files: Mapping[str, bytes], *, title: str) -> str:
        """Add or replace files behind the clients' back and return the new commit's sha."""
        with self._lock:
            repo = self.repo(kind, repo_id)
            new = {path: self._desk.store.file(path, content) for path, content in files.items()}
            return repo.commit(title, {**repo.head.files, **new}).sha

    def repo(self, kind: str, repo_id: str) -> Repo:
        """Return a repository: `.files` (path -> bytes), `.commits`, `.private`, `.tags`."""
        return self._desk.store.repos[kind, repo_id]

    def has_repo(self, kind: str, repo_id: str) -> bool:
        return (kind, repo_id) in self._desk.store.repos

    def fail(
        self,
        path_part: str,
        *,
        status: int,
        headers: Mapping[str, str] | None = None,
        times: int = 1,
        method: str | None = None,
        message: str = "A failure that the test asked for",
    ) -> None:
        """Answer the next requests whose path contains `path_part` with an error, and do nothing else.

        The client raises by the header X-Error-Code: RepoNotFound, RevisionNotFound, EntryNotFound, GatedRepo; without
        one it raises a plain HfHubHTTPError (over http for 401 too, which over https means RepositoryNotFoundError).
        """
        said = {"X-Error-Message": message, **(headers or {})}
        self._faults.add(Fault(path_part, times, method, status=status, headers=said, message=message))

    def cut(self, path_part: str, *, after: int, times: int = 1, method: str = "GET") -> None:
        """Carry the next such requests out, but close the connection after `after` bytes of the answer's body.

        Of an answer without a body (the PUT of a large file) nothing at all is sent.
        """
        self._faults.add(Fault(path_part, times, method, cut_after=after))

    def hang_up(self, path_part: str, *, times: int = 1, method: str | None = None) -> None:
        """Close the connection in the middle of the next such requests, and do nothing."""
        self._faults.add(Fault(path_part, times, method, hang_up=True))

    def slow(self, path_part: str, *, seconds: float, times: int = 1, method: str | None = None) -> None:
        """Wait before answering the next such requests."""
        self._faults.add(Fault(path_part, times, method, seconds=seconds))

    def heal(self) -> None:
        """Forget the failures that are left."""
        self._faults.clear()

    @property
    def faults_left(self) -> list[Fault]:
        """Return the failures that no request has met as often as told."""
        return self._faults.left

    def asked(self, path_part: str, *, method: str | None = None) -> list[Request]:
        """Return the logged requests whose path contains `path_part`."""
        return [one for one in self.requests if path_part in one.path and method in (None, one.method)]

    def answer(self, server: str, routes: Routes, asked: Asked, fault: Fault | None) -> Answer:
        """Return the answer to a request and log it."""
        token = asked.headers.get("Authorization")
        with self._lock:
            if fault and fault.status:
                answer = error_answer(fault.status, fault.message, headers=fault.headers)
            else:
                answer = self._answer(routes, asked, (token or "").removeprefix("Bearer "))
            self.requests.append(
                Request(
                    server, asked.method, asked.target, token is not None, asked.headers.get("Range"), answer.status
                )
            )
        return answer

    def _answer(self, routes: Routes, asked: Asked, token: str) -> Answer:
        try:
            if token and token not in self._writers | self._readers:
                raise refuse(401, "Invalid credentials in Authorization header")
            user = self._writers.get(token) or self._readers.get(token)
            known = Asked(asked.method, asked.target, asked.headers, asked.body, user, token in self._writers)
            answer = dispatch(routes, self._desk, known)
        except RefusalError as refusal:
            return refusal.answer
        except Exception:
            self.broken.append(traceback.format_exc())
            return error_answer(500, "The local Hub has an error of its own")
        if answer is None:
            self.unknown.append(f"{asked.method} {asked.target}")
            return error_answer(404, "Not a route of the local Hub")
        return answer

    def take_fault(self, method: str, target: str) -> Fault | None:
        return self._faults.take(method, target)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Keep an error of the server itself; a client that goes away early is part of the tests."""
        if not isinstance(sys.exception(), ConnectionError):
            self.RequestHandlerClass.hub.broken.append(traceback.format_exc())


def _start(hub: LocalHub, name: str, routes: Routes) -> _Server:
    methods = {f"do_{method}": _Handler.serve for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH")}
    return _Server(
        ("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub, "name": name, "routes": routes} | methods)
    )


def _address(server: _Server) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    hub: LocalHub
    name: str
    routes: Routes

    def serve(self) -> None:
        fault = self.hub.take_fault(self.command, self.path)
        if fault and fault.hang_up:
            self.rfile.read(int(self.headers.get("Content-Length") or 0) // 2)
            return self._cut(b"")
        body = self._read_chunks() if self.headers.get("Transfer-Encoding") == "chunked" else self._read_sized()
        asked = Asked(self.command, self.path, self.headers, body)
        answer = self.hub.answer(self.name, self.routes, asked, fault)
        if fault:
            time.sleep(fault.seconds)
        if fault and fault.cut_after is not None and not answer.body:
            return self._cut(b"")
        self.send_response(answer.status)
        for key, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
            self.send_header(key, value)
        self.end_headers()
        if fault and fault.cut_after is not None:
            self._cut(answer.body[: fault.cut_after])
        elif self.command != "HEAD":
            self.wfile.write(answer.body)
        return None

    def _read_sized(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _read_chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _cut(self, part: bytes) -> None:
        self.wfile.write(part)
        self.wfile.flush()
        self.connection.shutdown(SHUT_RDWR)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server uses
        """Print nothing; `LocalHub.requests` is the log."""
