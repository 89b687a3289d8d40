"""A real HTTP server on loopback that speaks chat completions, and can be told to fail."""

import json
import os
import signal
import subprocess
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

from data.chat.journal import Journal

ROOT = Path(__file__).parent.parent

Answer = Callable[[str], str]


@dataclass(frozen=True)
class Fault:
    """What goes wrong: a status with headers, a wait before the answer, or a body as it is."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait_seconds: float = 0.0
    body: str | None = None


@dataclass(frozen=True)
class Asked:
    """A request as it came: the prompt, when, and what its Authorization header said."""

    prompt: str
    at: float
    authorization: str | None
    body: dict[str, object]


def good_answer(prompt: str) -> str:
    """Answer with three fit queries in words that no other prompt gets."""
    word = f"zq{zlib.crc32(prompt.encode())}"
    return json.dumps({style: [f"{style} {word} wanted"] for style in ("skills", "profile", "wish")})


class ChatServer:
    """`with ChatServer(answer) as server:` serves POST /v1/chat/completions at `server.base_url`.

    `faults` are used up one a request, in order of arrival; None among them is a good answer.
    """

    def __init__(self, answer: Answer = good_answer, *, faults: list[Fault | None] | None = None) -> None:
        self.answer = answer
        self.faults = faults or []
        self.asked: list[Asked] = []
        self.lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                server.handle(self)

            def log_message(self, *arguments: object) -> None:
                """Keep the test's output clean."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self) -> "ChatServer":
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._http.shutdown()
        self._http.server_close()

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        """Note the request, then answer or fail."""
        body = json.loads(request.rfile.read(int(request.headers["content-length"])))
        prompt = body["messages"][0]["content"]
        with self.lock:
            self.asked.append(Asked(prompt, time.monotonic(), request.headers.get("authorization"), body))
            fault = (self.faults.pop(0) if self.faults else None) or Fault()
        time.sleep(fault.wait_seconds)
        content = fault.body if fault.body is not None else completion(self.answer(prompt))
        try:
            request.send_response(fault.status)
            for name, value in {"content-type": "application/json", **fault.headers}.items():
                request.send_header(name, value)
            request.send_header("content-length", str(len(content.encode())))
            request.end_headers()
            request.wfile.write(content.encode())
        except (BrokenPipeError, ConnectionResetError):
            # The client lost patience, as a test told it to.
            request.close_connection = True


def completion(content: str | None, *, choices: int = 1) -> str:
    """Return a chat completion's body: 100 tokens in, 20 out."""
    return json.dumps(
        {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": "test",
            "choices": [
                {"index": n, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
                for n in range(choices)
            ],
            "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
        }
    )


def kill_and_resume(
    command: list[str], server: ChatServer, *, journal: Path, out: Path
) -> subprocess.CompletedProcess[str]:
    """Kill a run of 60 questions in its middle and run it again: only what was in flight then is asked twice.

    The command asks two at once.
    """
    environment = os.environ | {"HF_HUB_OFFLINE": "0"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    while len(server.asked) < 25 and process.poll() is None:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not out.exists()
    time.sleep(0.5)
    kept = Journal(journal).answers
    asked_before = len(server.asked)
    assert 20 <= len(kept) < 60
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert len({asked.prompt for asked in server.asked}) == 60
    assert len(server.asked) == 60 + asked_before - len(kept)
    assert asked_before - len(kept) <= 2
    return done
