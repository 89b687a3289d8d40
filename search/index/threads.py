"""How many threads numpy computes with.

A product is rounded otherwise by two threads than by one, and more would stand in the way of the encoder's, which wait
busily.
"""

import functools
from contextlib import AbstractContextManager
from typing import Any

from threadpoolctl import ThreadpoolController


def one_thread() -> AbstractContextManager[Any]:
    """Keep numpy's products on one thread inside.

    That holds for the whole process, and while one thread is inside, others can neither limit nor lift it
    (threadpoolctl): where several score at once, `stay_on_one_thread` comes first.
    """
    limit: AbstractContextManager[Any] = _find_blas().limit(limits=1)
    return limit


def stay_on_one_thread() -> None:
    """Keep numpy's products on one thread from here on."""
    _find_blas().limit(limits=1)


@functools.cache
def _find_blas() -> Any:
    # Theirs alone: the end of a limit puts back what it found of all that was selected.
    return ThreadpoolController().select(user_api="blas")
