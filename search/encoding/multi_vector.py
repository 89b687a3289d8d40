"""A sentence-transformers model with token vectors beside its sentence embedding.

To the model's own modules come a scoring mask and, in a folder that `python -m train` makes, a projection of the
token vectors, so that `SentenceTransformer(folder)` gives the sentence embedding and `MultiVectorEncoder(folder)`
the token vectors, with no code of ours.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import MultiVectorEncoder, SentenceTransformer
from sentence_transformers.base.modules import Dense, Normalize, Transformer
from sentence_transformers.multi_vector_encoder.modules import MultiVectorMask
from sentence_transformers.sentence_transformer.modules import Pooling

from search.encoding.token_vectors import skiplist_words

TOKENS = "token_embeddings"
# The library's name of the mean over a query's tokens of MaxSim.
SIMILARITY = "meanmaxsim"


def add_scoring_mask(model: SentenceTransformer) -> None:
    """Append a scoring mask and unit length for token vectors, where a transformer has none."""
    if not isinstance(model[0], Transformer) or any(isinstance(module, MultiVectorMask) for module in model):
        return
    mask = MultiVectorMask(skiplist_words(model.tokenizer), skiplist_tasks=["query", "document"])
    mask.resolve_with_tokenizer(model.tokenizer)
    model.append(mask)
    model.append(Normalize(module_input_name=TOKENS))


def is_scoring_mask(module: Any) -> bool:
    """Tell whether a module is one of the two that `add_scoring_mask` appends."""
    is_unit_length = isinstance(module, Normalize) and module.module_input_name == TOKENS
    return isinstance(module, MultiVectorMask) or is_unit_length


def opens_as_both(model: SentenceTransformer) -> bool:
    """Tell whether both library classes would open the model's folder rightly.

    A folder of token vectors opens as `SentenceTransformer` with a new mean pooling and without prompts, so the
    model must have had these; any other is saved as the library would.
    """
    poolings = [module.pooling_mode for module in model if isinstance(module, Pooling)]
    known = all(isinstance(module, Transformer | Pooling | Normalize) or _makes_tokens(module) for module in model)
    has_mask = any(isinstance(module, MultiVectorMask) for module in model)
    return known and has_mask and poolings == ["mean"] and not any(model.prompts.values())


def as_multi_vector(model: SentenceTransformer, projection: NDArray[np.float32]) -> MultiVectorEncoder:
    """Return the model as the library's late-interaction class, its token vectors projected.

    Args:
        model: With a scoring mask; one that projects its tokens already is left as it is.
        projection: `(dim, width)` with orthonormal columns. The folder keeps it, so every corpus has the same.
    """
    modules = list(model)
    if not any(isinstance(module, Dense) for module in modules):
        dim, width = projection.shape
        dense = Dense(
            dim,
            width,
            bias=False,
            activation_function=torch.nn.Identity(),
            init_weight=torch.from_numpy(projection.T.copy()),
            module_input_name=TOKENS,
        )
        # Before the unit length.
        modules.insert(-1, dense)
    return MultiVectorEncoder(modules=modules, similarity_fn_name=SIMILARITY)


def as_sentence_transformer(model: MultiVectorEncoder) -> SentenceTransformer:
    """Return a saved late-interaction model with all its modules as the class that gives sentence embeddings."""
    both = SentenceTransformer(
        modules=list(model),
        prompts={name: text or "" for name, text in model.prompts.items()},
        default_prompt_name=model.default_prompt_name,
        # Else the class moves it to a GPU, which ZeroGPU does not have yet.
        device=str(model.device),
    )
    both.model_card_data.base_model_revision = model.model_card_data.base_model_revision
    return both


def _makes_tokens(module: Any) -> bool:
    return is_scoring_mask(module) or (isinstance(module, Dense) and module.module_input_name == TOKENS)
