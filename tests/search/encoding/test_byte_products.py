"""Torch's product of bytes: taken only where it is exact."""

import subprocess
import sys

import numpy as np
import torch

from search.encoding import byte_products
from search.encoding.byte_products import is_exact, load_multiply
from tests.conftest import ROOT


def multiply(rows, columns, products, by_one_thread):
    products[:] = rows.astype(np.int32) @ columns.astype(np.int32).T


def saturating(rows, columns, products, by_one_thread):
    """What processors without the instructions do: sums of two products are cut at 16 bits."""
    pairs = rows.astype(np.int32)[:, None, :] * columns.astype(np.int32)
    sums = pairs.reshape(*pairs.shape[:2], -1, 2).sum(axis=3)
    products[:] = np.clip(sums, -(1 << 15), (1 << 15) - 1).sum(axis=2)


def test_product_that_cuts_large_sums_is_not_taken():
    assert is_exact(multiply)
    assert not is_exact(saturating)


def test_torch_without_the_product_is_done_without(monkeypatch):
    monkeypatch.setattr(byte_products, "_has_byte_products", lambda: True)
    monkeypatch.delattr(torch, "_int_mm")
    assert load_multiply.__wrapped__() is None


def test_processor_without_the_instructions_does_without_torch(monkeypatch):
    code = (
        "import sys; from search.encoding import byte_products; byte_products._has_byte_products = lambda: False; "
        "assert byte_products.load_multiply() is None; assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
