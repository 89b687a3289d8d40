"""Collections of a Qdrant server or cluster, and of qdrant-client's local mode."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import httpx
import numpy as np
from pydantic import ValidationError
from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from search.hub_errors import first_line
from search.qdrant.address import API_KEY, EngineAddress
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
    spans_of,
)
from search.scoring import PASSAGE_SHARE

TIMEOUT_SECONDS = 30
# Points of one request: of many small ones, and numbers in all, which as JSON take 8 bytes each.
SCROLLED, RETRIEVED, DELETED = 10_000, 256, 1_000
MAX_NUMBERS_PUT = 1 << 20
# Digits behind the point that a number keeps on its way: a score changes by less than 1e-5.
DIGITS = 5
FORMULA_SCORES = "$score[0]", "$score[1]"


@contextmanager
def one_line(address: EngineAddress) -> Iterator[None]:
    """Turn what the client raises into one line without the key."""
    try:
        yield
    except EngineError:
        raise
    except UnexpectedResponse as error:
        why = f"it answers {error.status_code} {error.reason_phrase}".strip()
        if error.status_code in (401, 403):
            why += f"; set {API_KEY} to a key that may do this"
        raise EngineError(f"could not use the engine {address}: {why}") from error
    except ResponseHandlingException as error:
        is_down = isinstance(error.source, httpx.HTTPError)
        why = f"{first_line(error.source)}; is it running?" if is_down else "its answer is not that of a Qdrant server"
        raise EngineError(f"could not use the engine {address}: {why}") from error
    except (ApiException, QdrantException, httpx.HTTPError, RuntimeError, OSError) as error:
        raise EngineError(f"could not use the engine {address}: {first_line(error)}") from error
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        why = f"its answer is not that of a Qdrant server ({first_line(error)})"
        raise EngineError(f"could not use the engine {address}: {why}") from error


class ServerEngine:
    """A Qdrant server, or its local mode in a folder, which one process may have open at a time."""

    def __init__(self, address: EngineAddress, *, timeout_seconds: int = TIMEOUT_SECONDS) -> None:
        self.address = address
        with one_line(address):
            if address.kind == "server":
                self.client = QdrantClient(
                    url=address.where, api_key=address.key, timeout=timeout_seconds, check_compatibility=False
                )
            else:
                # One lock stands for the thread that sqlite wants.
                self.client = QdrantClient(path=address.where, force_disable_check_same_thread=True)
        self.lock: Any = threading.RLock() if address.kind == "local" else nullcontext()

    def collection(self, name: str) -> "ServerCollection":
        """Return a collection, which need not be there yet."""
        return ServerCollection(self, name)

    def close(self) -> None:
        """Let go of connections, or of the folder."""
        self.client.close()


class ServerCollection:
    """A collection behind a client; see `search.qdrant.collection.Collection`."""

    def __init__(self, engine: ServerEngine, name: str) -> None:
        self.engine, self.name = engine, name
        # It filters without an index, and its search is always exact.
        self.is_local = engine.address.kind == "local"

    @contextmanager
    def _client(self) -> Iterator[QdrantClient]:
        with self.engine.lock, one_line(self.engine.address):
            yield self.engine.client

    def facts(self) -> CollectionFacts | None:
        """Return what the collection was made of; None where there is none."""
        with self._client() as client:
            if not client.collection_exists(self.name):
                return None
            metadata = client.get_collection(self.name).config.metadata
            return CollectionFacts.model_validate(metadata or {})

    def create(self, facts: CollectionFacts) -> None:
        """Make the collection, empty."""
        with self._client() as client:
            client.create_collection(
                self.name,
                vectors_config=vector_params(facts),
                sparse_vectors_config={WORDS: word_params()},
                metadata=facts.as_payload(),
            )
            if not self.is_local:
                client.create_payload_index(self.name, GROUP, models.PayloadSchemaType.INTEGER)

    def save_facts(self, facts: CollectionFacts) -> None:
        """Replace what the collection says of itself."""
        with self._client() as client:
            client.update_collection(self.name, metadata=facts.as_payload())

    def hashes(self) -> dict[int, str]:
        """Return the number of each point, and the hash of its listing."""
        found: dict[int, str] = {}
        offset: Any = None
        with self._client() as client:
            while True:
                points, offset = client.scroll(self.name, limit=SCROLLED, offset=offset, with_payload=[HASH])
                found |= {int(one.id): str((one.payload or {}).get(HASH)) for one in points}
                if offset is None:
                    return found

    def put(self, points: Sequence[Point]) -> None:
        """Add points, or replace those of the same numbers."""
        with self._client() as client:
            for part in in_parts(points):
                client.upsert(self.name, [point_struct(one) for one in part], wait=True)

    def delete(self, numbers: Sequence[int]) -> None:
        """Delete points; numbers that are not there are fine."""
        with self._client() as client:
            for start in range(0, len(numbers), DELETED):
                chosen = models.PointIdsList(points=list(numbers[start : start + DELETED]))
                client.delete(self.name, chosen, wait=True)

    def finish(self) -> None:
        """Do nothing: a server indexes by itself, local mode not at all."""

    def ask(self, questions: Sequence[Question]) -> list[Scored]:
        """Find and score each question's candidates, best first."""
        with self._client() as client:
            answers = client.query_batch_points(
                self.name, [query_request(one, params=not self.is_local) for one in questions]
            )
            return [
                (
                    np.array([one.id for one in answer.points], dtype=np.uint64),
                    np.array([one.score for one in answer.points], dtype=np.float32),
                )
                for answer in answers
            ]

    def passages(self, numbers: Sequence[int]) -> dict[int, Passages]:
        """Return the passages of some points by their numbers."""
        found: dict[int, Passages] = {}
        with self._client() as client:
            for start in range(0, len(numbers), RETRIEVED):
                some = list(numbers[start : start + RETRIEVED])
                for one in client.retrieve(self.name, some, with_payload=[SPANS], with_vectors=[PASSAGES]):
                    vectors = np.array(one.vector[PASSAGES], dtype=np.float32)
                    found[int(one.id)] = vectors, spans_of(one.payload, len(vectors))
        return found


def in_parts(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Split points into requests of a bounded size, at least one in each."""
    part: list[Point] = []
    size = 0
    for one in points:
        own = one.passages.size + (one.tokens.size if one.tokens is not None else 0)
        if part and size + own > MAX_NUMBERS_PUT:
            yield part
            part, size = [], 0
        part.append(one)
        size += own
    if part:
        yield part


def vector_params(facts: CollectionFacts) -> dict[str, models.VectorParams]:
    """Declare the vectors: passages are searched by a graph, tokens only score candidates and stay on disk."""
    maxsim = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)
    quantized = models.ScalarQuantization(
        scalar=models.ScalarQuantizationConfig(type=models.ScalarType.INT8, quantile=0.99, always_ram=True)
    )
    params = {
        PASSAGES: models.VectorParams(
            size=facts.dim,
            distance=models.Distance.DOT,
            multivector_config=maxsim,
            on_disk=True,
            quantization_config=quantized,
        )
    }
    if facts.width:
        params[TOKENS] = models.VectorParams(
            size=facts.width,
            distance=models.Distance.DOT,
            multivector_config=maxsim,
            on_disk=True,
            datatype=models.Datatype(facts.token_type),
            hnsw_config=models.HnswConfigDiff(m=0),
        )
    return params


def word_params() -> models.SparseVectorParams:
    """Declare the words of BM25, whose lists stay on disk."""
    on_disk = models.SparseIndexParams(on_disk=True)
    return models.SparseVectorParams(index=on_disk, modifier=models.Modifier.IDF)


def point_struct(point: Point) -> models.PointStruct:
    """Turn a point into the client's."""
    vectors: dict[str, Any] = {PASSAGES: short_numbers(point.passages), WORDS: sparse(point.words)}
    if point.tokens is not None:
        vectors[TOKENS] = short_numbers(point.tokens)
    return models.PointStruct(id=point.number, vector=vectors, payload=dict(point.payload))


def short_numbers(array: Any) -> Any:
    """Turn an array into lists whose numbers are short as JSON."""
    return np.round(np.asarray(array, dtype=np.float64), DIGITS).tolist()


def sparse(words: Any) -> models.SparseVector:
    """Turn words into the client's sparse vector."""
    return models.SparseVector(indices=words.numbers, values=words.weights)


def query_request(question: Question, *, params: bool = True) -> models.QueryRequest:
    """Ask for a question's candidates, scored exactly: the best passage, and mean MaxSim where there are tokens.

    Without `params` the engine is not told how exactly to search.
    """
    candidates = list(_candidates(question, params))
    limit = question.n_candidates
    sentence: Any = [question.sentence.tolist()]
    as_stored = models.QuantizationSearchParams(ignore=True)
    exactly = models.SearchParams(exact=True, quantization=as_stored) if params else None
    if question.tokens is None:
        return models.QueryRequest(
            query=sentence, using=PASSAGES, prefetch=candidates, limit=limit, params=exactly, with_payload=False
        )
    both: list[tuple[str, Any]] = [(PASSAGES, sentence), (TOKENS, question.tokens.tolist())]
    scored = [
        models.Prefetch(query=query, using=name, prefetch=candidates, limit=limit, params=exactly)
        for name, query in both
    ]
    shares = PASSAGE_SHARE, (1 - PASSAGE_SHARE) / len(question.tokens)
    terms: list[Any] = [
        models.MultExpression(mult=[share, score]) for share, score in zip(shares, FORMULA_SCORES, strict=True)
    ]
    formula = models.FormulaQuery(formula=models.SumExpression(sum=terms))
    return models.QueryRequest(query=formula, prefetch=scored, limit=limit, with_payload=False)


def _candidates(question: Question, params: bool) -> Iterator[models.Prefetch]:
    exactly = models.SearchParams(exact=True) if params and question.is_exact else None
    for narrowing in question.narrowings:
        only = payload_filter(narrowing)
        sentence: Any = [question.sentence.tolist()]
        yield models.Prefetch(query=sentence, using=PASSAGES, filter=only, limit=question.depth, params=exactly)
        if question.words:
            words = sparse(question.words)
            yield models.Prefetch(query=words, using=WORDS, filter=only, limit=question.depth)


def payload_filter(narrowing: Narrowing) -> models.Filter | None:
    """Turn a narrowing into the client's filter."""
    must: list[Any] = []
    if narrowing.numbers is not None:
        must.append(models.HasIdCondition(has_id=list(narrowing.numbers)))
    if narrowing.groups is not None:
        must.append(models.FieldCondition(key=GROUP, match=models.MatchAny(any=list(narrowing.groups))))
    not_numbers = narrowing.not_numbers
    must_not: list[Any] = [models.HasIdCondition(has_id=list(not_numbers))] if not_numbers is not None else []
    return models.Filter(must=must, must_not=must_not) if must or must_not else None
