"""A model's files, checked before torch sees them: what is missing, foreign, or would take too much memory."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic_core import from_json
from safetensors import SafetensorError, safe_open

MODULES_FILE, CONFIG_FILE, ADAPTER_FILE = "modules.json", "config.json", "adapter_config.json"
# Any of these lists holds a tokenizer.
TOKENIZERS = (
    ("tokenizer.json",),
    ("vocab.txt",),
    ("vocab.json", "merges.txt"),
    ("spiece.model",),
    ("sentencepiece.bpe.model",),
    ("tokenizer.model",),
)
# The library's own modules of which models of texts are made, and whose sizes are known before they are opened; a class
# from elsewhere would be code of the model's maker.
KINDS = ("Transformer", "StaticEmbedding", "Pooling", "Dense", "Normalize", "Dropout", "LayerNorm", "MultiVectorMask")
OWN_MODULE = re.compile(rf"sentence_transformers\.(\w+\.)*(models|modules)\.(\w+\.)*({'|'.join(KINDS)})")
# Of layers that are made as large as their settings say: a tensor, and the settings of its sides.
SIZED = {"Dense": ("linear.weight", ("out_features", "in_features")), "LayerNorm": ("norm.weight", ("dimension",))}
PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
# In a config.json: sides of tensors, which some tensor of the file must have, and counts of layers.
SIDES = re.compile(
    r"(hidden_size|d_model|dim|intermediate_size|hidden_dim|d_ff|vocab_size|num_attention_heads|n_heads)"
)
LAYERS = re.compile(r"(num_(\w+_)?layers|n_layers?)")
MAX_LAYERS = 1000
MAX_SETTINGS_BYTES = 8 << 20
# What a table of positions may take beside the weights: of most models it is none of them.
MAX_POSITIONS_BYTES = 1 << 30

# A tensor's name -> its shape.
Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Module:
    """One step of a model: its class, and its folder inside the model's."""

    kind: str
    path: str

    @property
    def name(self) -> str:
        """The class without its place in the library."""
        return self.kind.rpartition(".")[2]

    @property
    def is_transformer(self) -> bool:
        """Whether it is the part with tokenizer and layers."""
        return self.name == "Transformer"


def check_model_folder(folder: Path) -> None:
    """Refuse a folder that is no sentence-transformers model, or one that is not whole or not safe to open.

    Raises:
        ValueError: modules.json, safetensors weights or a tokenizer are missing; a module is of a foreign class,
            pickled or outside of the folder; or the configuration does not fit the weights.
    """
    if not (folder / MODULES_FILE).is_file():
        raise ValueError(
            f"expected a sentence-transformers model in {folder}, found no {MODULES_FILE} there; "
            "make one with `python -m train --dataset DIR --out DIR`"
        )
    if not any(folder.rglob("*.safetensors")):
        raise ValueError(
            f"expected safetensors weights in {folder}, found none; convert the weights, pickled ones are not loaded"
        )
    check_links(folder)
    for module in read_modules(folder / MODULES_FILE):
        _check_module(folder / module.path, module)


def check_links(folder: Path) -> None:
    """Refuse links that lead out of a folder; the Hub's cache, whose files are links, is no such folder.

    Raises:
        ValueError: a link does.
    """
    root = folder.resolve()
    # The Hub's cache: snapshots/COMMIT/FILE is a link to blobs/HASH.
    allowed = (root, root.parents[1] / "blobs") if root.parent.name == "snapshots" else (root,)
    for path in folder.rglob("*"):
        if path.is_symlink() and not any(path.resolve().is_relative_to(one) for one in allowed):
            raise ValueError(
                f"expected files inside {folder}, {path.relative_to(folder)} is a link to elsewhere; copy the file there"
            )


def read_modules(path: Path) -> list[Module]:
    """Read modules.json; refuse classes that are not the library's, and paths that lead elsewhere.

    Raises:
        ValueError: it holds something else.
    """
    rows = read_settings(path)
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"expected a list of modules in {path}, found none; fetch or make the model anew")
    modules = [Module(str(row.get("type")), str(row.get("path"))) for row in rows]
    for one in modules:
        if not OWN_MODULE.fullmatch(one.kind):
            raise ValueError(
                f"expected modules of sentence-transformers in {path}, of the kinds {', '.join(KINDS)}, "
                f"got {one.kind[:80]!r}; others are not loaded, and code that comes with a model is not run"
            )
        if PurePosixPath(one.path).is_absolute() or ".." in one.path or "\\" in one.path:
            raise ValueError(f"expected modules inside the model's folder, {path} names {one.path!r}; mend it")
    return modules


def modules_of(path: Path | None) -> list[Module]:
    """Read modules.json; without one a model is a transformer alone.

    Raises:
        ValueError: as `read_modules`.
    """
    return read_modules(path) if path and path.is_file() else [Module("Transformer", "")]


def read_settings(path: Path) -> Any:
    """Read a small JSON file of a model.

    Raises:
        ValueError: it is large, or no JSON.
    """
    if path.stat().st_size > MAX_SETTINGS_BYTES:
        raise ValueError(
            f"expected settings of less than {MAX_SETTINGS_BYTES >> 20} MB, {path} is larger; fetch it anew"
        )
    try:
        return from_json(path.read_bytes(), allow_inf_nan=False)
    except ValueError as error:
        raise ValueError(f"expected JSON in {path}, it is none: {error}; fetch or make the model anew") from error


def _check_module(place: Path, module: Module) -> None:
    if (place / ADAPTER_FILE).is_file():
        raise ValueError(f"expected whole weights in {place}, found an adapter; merge it into its model, and save that")
    has_weights = any(place.glob("*.safetensors"))
    pickled = [path for path in place.glob("*") if path.suffix in PICKLED] if not has_weights else []
    if pickled:
        raise ValueError(
            f"expected safetensors weights in {place}, found {pickled[0].name}; convert it, pickled ones are not loaded"
        )
    if not module.is_transformer and module.name not in SIZED:
        return
    if not has_weights or not (place / CONFIG_FILE).is_file():
        missing = CONFIG_FILE if has_weights else "safetensors weights"
        raise ValueError(f"expected {missing} in {place}, found none; fetch or make the model anew")
    if module.name in SIZED:
        _check_layer(place, *SIZED[module.name])
        return
    if not any(all((place / name).is_file() for name in names) for names in TOKENIZERS):
        raise ValueError(f"expected a tokenizer in {place}, such as tokenizer.json, found none; fetch the model anew")
    weights = sorted(place.glob("*.safetensors"))
    size = sum(path.stat().st_size for path in weights)
    check_settings(place / CONFIG_FILE, read_shapes(weights), size=size)


def _check_layer(place: Path, tensor: str, sides: tuple[str, ...]) -> None:
    """Refuse a layer whose settings ask for other sides than its weights have: they are made before these are read."""
    settings = read_settings(place / CONFIG_FILE)
    asked = tuple(settings.get(side) for side in sides) if isinstance(settings, dict) else ()
    shape = read_shapes(sorted(place.glob("*.safetensors"))).get(tensor)
    if asked != shape:
        raise ValueError(
            f"expected {' and '.join(sides)} in {place / CONFIG_FILE} to be the sides of {tensor}, "
            f"got {asked} and {shape}; fetch or make the model anew"
        )


def read_shapes(weights: list[Path]) -> dict[str, tuple[int, ...]]:
    """Read the names and shapes of the tensors in safetensors files; their values stay on the disk.

    Raises:
        ValueError: a file's header does not fit the file.
    """
    shapes: dict[str, tuple[int, ...]] = {}
    for path in weights:
        try:
            with safe_open(path, framework="numpy") as file:
                shapes |= {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, OSError) as error:
            raise ValueError(f"could not read {path}, it seems damaged: {error}; make or fetch it anew") from error
    return shapes


def check_settings(path: Path, shapes: Shapes | None = None, *, size: int = 0) -> None:
    """Refuse a config.json that asks for layers or tensors which the weights can't have: it could take any memory.

    Args:
        path: The config.json.
        shapes: The tensors; None where they are not here yet.
        size: Their bytes.

    Raises:
        ValueError: a number is out of range.
    """
    settings = read_settings(path)
    if not isinstance(settings, dict):
        raise ValueError(f"expected an object in {path}, got something else; fetch or make the model anew")
    longest = max((max(shape, default=0) for shape in shapes.values()), default=0) if shapes else 1 << 24
    layers = min(MAX_LAYERS, len(shapes)) if shapes else MAX_LAYERS
    for name, value in _whole_numbers(settings):
        least, most = (1, longest) if SIDES.fullmatch(name) else (0, layers) if LAYERS.fullmatch(name) else (None, None)
        if least is not None and most is not None and not least <= value <= most:
            raise ValueError(
                f"expected {name} from {least} to {most}, as the weights have it, {path} says {value}; "
                "fetch or make the model anew"
            )
    _check_positions(settings, path, size)


def _check_positions(settings: Mapping[str, Any], path: Path, size: int) -> None:
    """Refuse a table of positions larger than any; a model without one may name what it was trained for."""
    positions, width = (settings.get(name) for name in ("max_position_embeddings", "hidden_size"))
    if not isinstance(positions, int) or not isinstance(width, int):
        return
    if not 0 < 4 * positions * width <= max(MAX_POSITIONS_BYTES, 2 * size):
        raise ValueError(f"expected fewer max_position_embeddings than {positions} in {path}; fetch the model anew")


def _whole_numbers(settings: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield a configuration's whole numbers by name, those of parts within it too."""
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _whole_numbers(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            yield name, value
