"""OpenVINO: an exported model, compiled for this processor."""

import importlib.util
import os
import platform
import queue
import sys
import threading
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.encoding.encoder import Floats
from search.hub_errors import first_line

PACKAGE = "openvino"
# bfloat16 is asked of these only: what OpenVINO has of it elsewhere is not tried.
X86 = ("x86_64", "amd64")


# Two threads that hand over their inputs at a time were seen to wait for each other forever, each of a model of its own.
HANDING_OVER = threading.Lock()
# Each runs one request on one core: several cores on one request wait busily for each other, and for a crowd's other work.
MAX_STREAMS = 8


class NotExportableError(Exception):
    """A model that has to stay in torch; the message says why."""


def is_installed() -> bool:
    """Tell whether OpenVINO is there."""
    return importlib.util.find_spec(PACKAGE) is not None


def runtime_name() -> str:
    """Return what exports depend on: `openvino-2026.4.1`."""
    return f"{PACKAGE}-{version(PACKAGE)}"


def import_openvino() -> Any:
    """Import OpenVINO without what tells its makers of each import."""
    # OpenVINO has a stub for where this package is missing.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino  # noqa: PLC0415 (after the line above)

    return openvino


def choose_precision(capabilities: Sequence[str], machine: str) -> str:
    """Return what to calculate in: bfloat16 where the processor has instructions for it, else float32."""
    return "bf16" if "BF16" in capabilities and machine.lower() in X86 else "f32"


class CompiledModel:
    """An exported model that several threads may run at once, as many as it has `streams`; more wait."""

    def __init__(self, path: Path) -> None:
        """Read and compile `model.xml`.

        Raises:
            NotExportableError: OpenVINO can't run it on this machine.
        """
        core = import_openvino().Core()
        self.precision = choose_precision(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"), platform.machine())
        self.streams = min(MAX_STREAMS, os.cpu_count() or 1)
        options = {
            "NUM_STREAMS": self.streams,
            "INFERENCE_NUM_THREADS": self.streams,
            "INFERENCE_PRECISION_HINT": self.precision,
        }
        try:
            self._compiled = core.compile_model(path, "CPU", options)
        except RuntimeError as error:
            raise NotExportableError(f"OpenVINO can't run it here ({first_line(error)})") from error
        # A request holds its own inputs and outputs; there come to be as many as ever run at once.
        self._idle: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def run(self, inputs: Sequence[NDArray[np.int64]]) -> tuple[Floats, Floats]:
        """Run a batch, `(n, length)` each input.

        Returns:
            `(n, dim)` and `(n, length, width)` float32 unit rows: sentence embeddings and token vectors.
        """
        try:
            request = self._idle.get_nowait()
        except queue.Empty:
            request = self._compiled.create_infer_request()
        try:
            with HANDING_OVER:
                request.start_async(list(inputs))
            request.wait()
            sentences, tokens = (request.get_output_tensor(number).data.copy() for number in (0, 1))
        finally:
            self._idle.put(request)
        return sentences, tokens
