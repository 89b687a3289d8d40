"""What makes the start shorter."""

import gc
import subprocess
import sys

import pytest

from pages.quick_start import StublessGradio, without_garbage_collection
from tests.conftest import ROOT


def test_garbage_is_not_looked_for_in_the_block_and_is_after_it():
    with without_garbage_collection():
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.unfreeze()


def test_other_modules_are_found_as_ever():
    assert StublessGradio().find_spec("gradio.blocks", None) is None
    assert StublessGradio().find_spec("json", None) is None


@pytest.mark.slow
def test_gradio_without_stubs_is_the_same_but_for_them():
    program = (
        "from pages.quick_start import quick_imports\n"
        "with quick_imports(): import gradio, gradio.component_meta as meta\n"
        "assert meta.create_or_modify_pyi(None, '', []) is None\n"
        "assert gradio.Textbox.EVENTS and callable(gradio.Textbox().change)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
