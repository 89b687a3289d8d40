"""The command `python -m bench.growth_figure`: docs/growth.svg out of what bench.growth and bench.engine measured."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from search.cli import run_command

# A field of a row -> its name and colour.
LINES = {
    "exhaustive": ("all tokens of all listings", "#b45309"),
    "candidates": ("candidates, then their tokens", "#047857"),
    "edge": ("Qdrant Edge, by threads of its own", "#7c3aed"),
    "usearch": ("one vector a listing, by usearch, exact", "#64748b"),
}


@dataclass(frozen=True)
class GrowthFigureConfig:
    """The options of `python -m bench.growth_figure`."""

    json: Path = Path("build/growth.json")  # what `python -m bench.growth --json` wrote
    engine: Path = Path("build/engine.json")  # what `python -m bench.engine --json` wrote, if it is there
    out: Path = Path("docs/growth.svg")  # the picture


def draw(config: GrowthFigureConfig) -> None:
    """Draw a query's milliseconds by the number of listings, both logarithmic."""
    paths = [config.json, *([config.engine] if config.engine.is_file() else [])]
    rows = [row for path in paths for row in json.loads(path.read_text(encoding="utf-8"))]
    # The same bytes for the same numbers.
    mpl.rcParams["svg.hashsalt"] = "growth"
    figure = Figure(figsize=(7.2, 4), layout="constrained")
    axes = figure.subplots()
    for name, (label, colour) in LINES.items():
        points = [(row["listings"], row[name]) for row in rows if row.get(name) is not None]
        if points:
            axes.plot(*zip(*points, strict=True), marker="o", color=colour, label=label)
    axes.set(xscale="log", yscale="log", xlabel="listings", ylabel="milliseconds a query")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(config.out, metadata={"Date": None})


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    return run_command(draw, argv, prog="python -m bench.growth_figure")


if __name__ == "__main__":
    sys.exit(main())
