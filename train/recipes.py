"""Named sets of training options: the tutorial's, and ours."""

from dataclasses import dataclass
from typing import Annotated, Literal

from tyro.conf import Fixed, Suppress, arg

from search.cli import ScoringOption, check_at_least, check_options, option_of
from search.scoring import FIRST, LATE_INTERACTION, Scoring

# They change nothing where a row is a triplet.
LISTING_OPTIONS = ("window", "noise", "families", "facts", "twins", "pasted", "most_queries", "tokens")
SHARES = ("noise", "families", "facts", "twins", "pasted", "tokens")


@dataclass(frozen=True)
class Recipe:
    """Training options; what is given here replaces the recipe's own."""

    name: Annotated[Literal["shortlist", "tutorial"], arg(name="recipe")]  # whose values the others start from
    # A row of a batch is a query with its listing and a negative, or a listing with all its queries.
    rows: Suppress[Fixed[Literal["triplet", "listing"]]]
    epochs: int  # passes over the rows
    batch: int  # rows a step, over all processes: listings for shortlist, triplets for tutorial
    learning_rate: float  # at its peak
    warmup: float  # share of the steps until the peak
    scale: float  # 1 / temperature of the loss
    dropout: float  # in training; 0 trains several times faster on a CPU
    scoring: ScoringOption[Scoring]  # how search, validation too, scores a listing with the model
    window: int = 256  # tokens of a listing's passage in training, its title included; search has its own size
    noise: float = 0.0  # share of the queries that get a slip, short forms or fewer words, drawn anew each epoch
    families: Annotated[float, arg(aliases=("--roles",))] = 0.0
    """share of the queries that get their listing's family added, where they name none"""
    facts: float = 0.0  # share of the queries that get what the listing's facts say, in words drawn anew each epoch
    twins: float = 0.0  # share of the listings with a twin in the batch that differs in one fact only
    pasted: float = 0.0  # share of the queries that stand in a CV
    most_queries: int = 0  # queries of a listing in one epoch; 0 for all
    tokens: float = 0.0  # share of the loss that compares tokens, as --scoring late_interaction does; 0 for none

    def __post_init__(self) -> None:
        """Refuse what can't train, and options without effect."""
        check_at_least(self, epochs=1, batch=2, window=16, most_queries=0)
        check_options(self, lambda number: number > 0, "above 0", "learning_rate", "scale")
        check_options(self, lambda share: 0 <= share < 1, "as a share from 0 to 1", "warmup", "dropout")
        check_options(self, lambda share: 0 <= share <= 1, "as a share from 0 to 1", *SHARES)
        idle = [name for name in LISTING_OPTIONS if getattr(self, name) != getattr(Recipe, name)]
        if self.rows == "triplet" and idle:
            raise ValueError(
                f"expected options of the recipe {self.name}, {option_of(idle[0])} is none of them; leave it out"
            )


TUTORIAL = Recipe(
    name="tutorial",
    rows="triplet",
    epochs=1,
    batch=16,
    learning_rate=2e-5,
    warmup=0.1,
    scale=20.0,
    dropout=0.1,
    scoring=FIRST,
)
SHORTLIST = Recipe(
    name="shortlist",
    rows="listing",
    epochs=3,
    batch=32,
    learning_rate=1e-4,
    warmup=0.1,
    scale=20.0,
    dropout=0.0,
    scoring=LATE_INTERACTION,
    window=128,
    noise=0.3,
    families=0.4,
    facts=0.4,
    twins=0.25,
    pasted=0.1,
    most_queries=3,
    tokens=0.2,
)
RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (SHORTLIST, TUTORIAL)}
