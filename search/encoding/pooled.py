"""An encoder whose documents go through several processes of the library, on several cores or graphics cards."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

import torch

from search.encoding.encoder import Floats
from search.encoding.forward import embed, embed_tokens
from search.encoding.sentence_encoder import SentenceEncoder
from search.encoding.token_vectors import TextVectors


class PooledEncoder(SentenceEncoder):
    """Another encoder's model in processes of their own, which end with the context."""

    def __init__(self, encoder: SentenceEncoder, processes: int) -> None:
        super().__init__(encoder.model, encoder.name)
        self.pool = self.model.start_multi_process_pool(choose_devices(processes))

    def __enter__(self) -> Self:
        """Return the encoder, whose processes run already."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the processes."""
        self.model.stop_multi_process_pool(self.pool)

    def encode_document(self, texts: Sequence[str], *, show_progress: bool = False) -> Floats:
        """Encode documents, with the model's document prompt, to `(n, dim)` float32 unit rows."""
        return embed(self.model, "document", texts, show_progress=show_progress, pool=self.pool)

    def encode_document_tokens(
        self, texts: Sequence[str], *, show_progress: bool = False
    ) -> tuple[Floats, TextVectors]:
        """Encode documents to sentence embeddings `(n, dim)`, float32 unit rows, and token vectors."""
        return embed_tokens(self.model, "document", texts, show_progress=show_progress, pool=self.pool)


def choose_devices(processes: int) -> list[str]:
    """Name a device for each process: the graphics cards in turn, else the processor."""
    cards = torch.cuda.device_count()
    return [f"cuda:{number % cards}" if cards else "cpu" for number in range(processes)]
