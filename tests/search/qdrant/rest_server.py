"""A Qdrant server on loopback: the REST calls that this project makes, answered by qdrant-client's local mode.

No server's binary is in a registry, so this stands for one: what crosses the wire is real, what answers is local mode.
"""

import json
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pydantic import BaseModel
from qdrant_client import QdrantClient, models


class RestServer(BaseHTTPRequestHandler):
    """One collection's worth of Qdrant's REST API."""

    client: QdrantClient
    lock: threading.Lock
    seen: list[tuple[str, str, str | None]]

    def answer(self) -> None:
        path = self.path.partition("?")[0]
        self.seen.append((self.command, path, self.headers.get("api-key")))
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or "null")
        _, _, name, *rest = path.split("/")
        with self.lock, warnings.catch_warnings():
            # Local mode says that it needs no index, and searches exactly anyway.
            warnings.simplefilter("ignore")
            result = getattr(self, "_".join([self.command.lower(), *rest]))(name, body)
        sent = json.dumps({"result": plain(result), "status": "ok", "time": 0.0}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def do_GET(self):
        self.answer()

    def do_PUT(self):
        self.answer()

    def do_POST(self):
        self.answer()

    def do_PATCH(self):
        self.answer()

    def log_message(self, *_: Any) -> None:
        """Be quiet."""

    def get_exists(self, name, _body):
        return {"exists": self.client.collection_exists(name)}

    def get(self, name, _body):
        return self.client.get_collection(name)

    def put(self, name, body):
        asked = models.CreateCollection.model_validate(body)
        return self.client.create_collection(
            name, asked.vectors, sparse_vectors_config=asked.sparse_vectors, metadata=asked.metadata
        )

    def patch(self, name, body):
        return self.client.update_collection(name, metadata=body["metadata"])

    def put_index(self, name, body):
        asked = models.CreateFieldIndex.model_validate(body)
        return self.client.create_payload_index(name, asked.field_name, asked.field_schema)

    def put_points(self, name, body):
        return self.client.upsert(name, models.PointsList.model_validate(body).points)

    def post_points(self, name, body):
        return self.client.retrieve(name, body["ids"], body["with_payload"], body["with_vector"])

    def post_points_delete(self, name, body):
        return self.client.delete(name, models.PointIdsList.model_validate(body))

    def post_points_scroll(self, name, body):
        points, offset = self.client.scroll(
            name, limit=body["limit"], offset=body.get("offset"), with_payload=body["with_payload"]
        )
        return {"points": points, "next_page_offset": offset}

    def post_points_query_batch(self, name, body):
        requests = [models.QueryRequest.model_validate(one) for one in body["searches"]]
        return self.client.query_batch_points(name, requests)


def plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


@contextmanager
def rest_server() -> Iterator[tuple[str, list[tuple[str, str, str | None]]]]:
    """Yield the URL, and the method, path and key of each request so far."""
    client = QdrantClient(":memory:", force_disable_check_same_thread=True)
    members = {"client": client, "lock": threading.Lock(), "seen": []}
    with serving(type("Handler", (RestServer,), members)) as url:
        yield url, members["seen"]
    client.close()


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Yield the URL of a server of these answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()
