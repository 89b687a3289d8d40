"""Collections of Qdrant Edge: the server's engine in this process, over folders of its own."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import qdrant_edge as edge
from pydantic import ValidationError

from search.files import save_json
from search.hub_errors import first_line
from search.qdrant.address import EngineAddress
from search.qdrant.collection import (
    GROUP,
    HASH,
    PASSAGES,
    SPANS,
    TOKENS,
    WORDS,
    CollectionFacts,
    EngineError,
    Narrowing,
    Passages,
    Point,
    Question,
    Scored,
    Words,
    spans_of,
)
from search.scoring import PASSAGE_SHARE

FACTS_FILE = "shortlist.json"
SCROLLED = 10_000


@contextmanager
def one_line(address: EngineAddress) -> Iterator[None]:
    """Turn what Edge raises into one line."""
    try:
        yield
    except EngineError:
        raise
    # Edge raises bare exceptions besides those of Python.
    except Exception as error:
        raise EngineError(f"could not use the engine {address}: {first_line(error)}") from error


class EdgeEngine:
    """A folder with a shard for each collection."""

    def __init__(self, address: EngineAddress) -> None:
        self.address = address
        self._opened: dict[str, EdgeCollection] = {}

    def collection(self, name: str) -> "EdgeCollection":
        """Return a collection, which need not be there yet."""
        if name not in self._opened:
            self._opened[name] = EdgeCollection(self.address, Path(self.address.where) / name)
        return self._opened[name]

    def close(self) -> None:
        """Write all that is not on disk yet, and let go of it."""
        for one in self._opened.values():
            one.close()
        self._opened.clear()


class EdgeCollection:
    """A shard in a folder; see `search.qdrant.collection.Collection`."""

    def __init__(self, address: EngineAddress, folder: Path) -> None:
        self.address, self.folder = address, folder
        self._shard: Any = None

    @contextmanager
    def _open(self) -> Iterator[Any]:
        with one_line(self.address):
            if self._shard is None:
                self._shard = edge.EdgeShard.load(str(self.folder))
            yield self._shard

    def close(self) -> None:
        """Write all that is not on disk yet, and let go of it."""
        if self._shard is not None:
            with self._open() as shard:
                shard.flush()
                shard.close()
            self._shard = None

    def facts(self) -> CollectionFacts | None:
        """Return what the collection was made of; None where there is none."""
        path = self.folder / FACTS_FILE
        if not path.is_file():
            return None
        try:
            return CollectionFacts.model_validate(json.loads(path.read_bytes()))
        except (ValidationError, ValueError) as error:
            raise EngineError(f"expected {path} as loading wrote it, got another; delete {self.folder}") from error

    def create(self, facts: CollectionFacts) -> None:
        """Make the collection, empty."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with one_line(self.address):
            self._shard = edge.EdgeShard.create(str(self.folder), edge_config(facts))
            index = edge.UpdateOperation.create_field_index(GROUP, edge.PayloadSchemaType.Integer)
            self._shard.update(index)
        self.save_facts(facts)

    def save_facts(self, facts: CollectionFacts) -> None:
        """Replace what the collection says of itself."""
        if facts.corpus_hash and self._shard is not None:
            # Before the collection says that it is whole.
            with self._open() as shard:
                shard.flush()
        save_json(facts.as_payload(), self.folder / FACTS_FILE)

    def hashes(self) -> dict[int, str]:
        """Return the number of each point, and the hash of its listing."""
        found: dict[int, str] = {}
        offset: Any = None
        with self._open() as shard:
            while True:
                request = edge.ScrollRequest(offset=offset, limit=SCROLLED, with_payload=[HASH])
                points, offset = shard.scroll(request)
                found |= {int(one.id): str((one.payload or {}).get(HASH)) for one in points}
                if offset is None:
                    return found

    def put(self, points: Sequence[Point]) -> None:
        """Add points, or replace those of the same numbers."""
        with self._open() as shard:
            shard.update(edge.UpdateOperation.upsert_points([edge_point(one) for one in points]))

    def delete(self, numbers: Sequence[int]) -> None:
        """Delete points; numbers that are not there are fine."""
        with self._open() as shard:
            shard.update(edge.UpdateOperation.delete_points(list(numbers)))

    def finish(self) -> None:
        """Build the graph, and write all to disk."""
        with self._open() as shard:
            shard.optimize()
            shard.flush()

    def ask(self, questions: Sequence[Question]) -> list[Scored]:
        """Find and score each question's candidates, best first."""
        with self._open() as shard:
            answers = shard.query_batch(edge.QueryBatchRequest([query_request(one) for one in questions]))
            return [
                (
                    np.array([one.id for one in points], dtype=np.uint64),
                    np.array([one.score for one in points], dtype=np.float32),
                )
                for points in answers
            ]

    def passages(self, numbers: Sequence[int]) -> dict[int, Passages]:
        """Return the passages of some points by their numbers."""
        with self._open() as shard:
            found = {}
            for one in shard.retrieve(list(numbers), [SPANS], [PASSAGES]):
                vectors = np.array(one.vector[PASSAGES], dtype=np.float32)
                found[int(one.id)] = vectors, spans_of(one.payload, len(vectors))
            return found


def edge_config(facts: CollectionFacts) -> Any:
    """Declare the vectors, as a server gets them."""
    maxsim = edge.MultiVectorConfig(edge.MultiVectorComparator.MaxSim)
    params = {
        PASSAGES: edge.EdgeVectorParams(
            size=facts.dim,
            distance=edge.Distance.Dot,
            multivector_config=maxsim,
            memory=edge.Memory.Cold,
            quantization_config=edge.ScalarQuantizationConfig(
                edge.ScalarType.Int8, quantile=0.99, memory=edge.Memory.Pinned
            ),
        )
    }
    if facts.width:
        params[TOKENS] = edge.EdgeVectorParams(
            size=facts.width,
            distance=edge.Distance.Dot,
            multivector_config=maxsim,
            memory=edge.Memory.Cold,
            datatype=getattr(edge.VectorStorageDatatype, facts.token_type.capitalize()),
            hnsw_config=edge.HnswIndexConfig(m=0, ef_construct=100, full_scan_threshold=10_000),
        )
    words = edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf, memory=edge.Memory.Cold)
    return edge.EdgeConfig(vectors=params, sparse_vectors={WORDS: words})


def edge_point(point: Point) -> Any:
    """Turn a point into Edge's."""
    vectors: dict[str, Any] = {PASSAGES: point.passages.tolist(), WORDS: sparse(point.words)}
    if point.tokens is not None:
        vectors[TOKENS] = point.tokens.tolist()
    return edge.Point(point.number, vectors, dict(point.payload))


def sparse(words: Words) -> Any:
    """Turn words into Edge's sparse vector."""
    return edge.SparseVector(words.numbers, words.weights)


def query_request(question: Question) -> Any:
    """Ask for a question's candidates, scored exactly: the best passage, and mean MaxSim where there are tokens."""
    candidates = list(_candidates(question))
    limit = question.n_candidates
    by_passages = edge.Query.Nearest([question.sentence.tolist()], PASSAGES)
    exactly = edge.SearchParams(exact=True, quantization=edge.QuantizationSearchParams(ignore=True))
    if question.tokens is None:
        return edge.QueryRequest(limit, query=by_passages, prefetches=candidates, params=exactly, with_payload=False)
    by_tokens = edge.Query.Nearest(question.tokens.tolist(), TOKENS)
    scored = [
        edge.Prefetch(limit, query=query, prefetches=candidates, params=exactly) for query in (by_passages, by_tokens)
    ]
    shares = PASSAGE_SHARE, (1 - PASSAGE_SHARE) / len(question.tokens)
    terms = [
        edge.Expression.Mult([edge.Expression.Constant(share), edge.Expression.Variable(f"$score[{number}]")])
        for number, share in enumerate(shares)
    ]
    formula = edge.Formula(edge.Expression.Sum(terms))
    return edge.QueryRequest(limit, query=formula, prefetches=scored, with_payload=False)


def _candidates(question: Question) -> Iterator[Any]:
    params = edge.SearchParams(exact=question.is_exact)
    for narrowing in question.narrowings:
        only = payload_filter(narrowing)
        nearest = edge.Query.Nearest([question.sentence.tolist()], PASSAGES)
        yield edge.Prefetch(question.depth, query=nearest, filter=only, params=params)
        if question.words:
            yield edge.Prefetch(question.depth, query=edge.Query.Nearest(sparse(question.words), WORDS), filter=only)


def payload_filter(narrowing: Narrowing) -> Any:
    """Turn a narrowing into Edge's filter."""
    must: list[Any] = []
    if narrowing.numbers is not None:
        must.append(edge.HasIdCondition(set(narrowing.numbers)))
    if narrowing.groups is not None:
        must.append(edge.FieldCondition(GROUP, match=edge.MatchAny(list(narrowing.groups))))
    not_numbers = narrowing.not_numbers
    must_not: list[Any] = [edge.HasIdCondition(set(not_numbers))] if not_numbers is not None else []
    return edge.Filter(must=must or None, must_not=must_not or None) if must or must_not else None
