"""The import rules of the layout, held by walking the syntax trees."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = {
    "search": {"search"},
    "comparison": {"search", "comparison"},
    "data": {"search", "data"},
    "train": {"search", "data", "train"},
    "views": {"search", "comparison", "views"},
    "pages": {"search", "comparison", "data", "views", "pages"},
    "app": {"search", "comparison", "data", "views", "pages"},
}
# Where a package may be imported at all: folders, or single files.
ONLY_IN = {
    "gradio": ("pages/", "views/theme.py"),
    "torch": ("search/encoding/", "train/"),
    "sentence_transformers": ("search/encoding/", "train/"),
    "openvino": ("search/encoding/",),
    "transformers": ("search/encoding/", "train/"),
    "datasets": ("data/", "train/"),
}
FILES = sorted([ROOT / "app.py", *(file for layer in LAYERS for file in (ROOT / layer).rglob("*.py"))])


def imported_packages(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            found.add((node.module or "").split(".")[0])
    return found


def violations(relative: str, packages: set[str]) -> list[str]:
    layer = relative.split("/", maxsplit=1)[0].removesuffix(".py")
    wrong = [name for name in packages & set(LAYERS) if name not in LAYERS[layer]]
    return wrong + [name for name in packages & set(ONLY_IN) if not relative.startswith(ONLY_IN[name])]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_imports_only_what_its_layer_may(path):
    assert violations(path.relative_to(ROOT).as_posix(), imported_packages(path)) == []


def test_layer_check_finds_forbidden_imports():
    assert violations("search/index/vectors.py", {"numpy", "train"}) == ["train"]
    assert violations("app.py", {"train"}) == ["train"]
    assert violations("data/build.py", {"comparison"}) == ["comparison"]
    assert violations("search/searcher.py", {"comparison"}) == ["comparison"]
    assert violations("views/compare.py", {"torch"}) == ["torch"]
    assert violations("search/index/vectors.py", {"datasets"}) == ["datasets"]


def test_layer_check_sees_every_module():
    assert {path.name for path in FILES} >= {"app.py", "encoder.py", "build.py", "finetune.py", "moves.py"}
