"""What makes the start shorter, before anything large is imported."""

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

COMPONENTS = "gradio.component_meta"


@contextmanager
def quick_imports() -> Iterator[None]:
    """Import without what editors alone need, and without a look for garbage."""
    finder = StublessGradio()
    sys.meta_path.insert(0, finder)
    try:
        with without_garbage_collection():
            yield
    finally:
        sys.meta_path.remove(finder)


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Look for no garbage: a start makes hardly any, and what it made stays and need not be looked through again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class StublessGradio(MetaPathFinder):
    """Finds the one module of Gradio that reads and writes a type stub of each component at each start."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, _: ModuleType | None = None) -> ModuleSpec | None:
        """Return how Gradio's module is loaded; None for all others."""
        spec = PathFinder.find_spec(fullname, path) if fullname == COMPONENTS else None
        if spec is not None and spec.origin is not None:
            spec.loader = StublessLoader(fullname, spec.origin)
        return spec


class StublessLoader(SourceFileLoader):
    """Loads the module, and has it write no stubs."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code."""
        super().exec_module(module)
        module.create_or_modify_pyi = lambda *_: None  # type: ignore[attr-defined]
