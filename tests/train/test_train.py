"""Loss, collator, configuration and the parts of a run that need no training."""

from dataclasses import replace

import pytest
import torch
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from transformers import TrainerState

from data.dataset import JobDataset, Triplet
from search.records import Query
from tests.fakes import FakeEncoder, listing
from train.__main__ import build_parser, main, read_recipe
from train.config import TrainConfig
from train.recipes import SHORTLIST, TUTORIAL
from train.trainer.checkpoints import prepare_checkpoints
from train.trainer.evaluator import validation_pool
from train.trainer.examples import ListingCollator, build_examples, build_triplet_examples, fitting_passages
from train.trainer.loss import ListingRankingLoss, embed_in_chunks
from train.trainer.trainer import EpochAverage


def vectors(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def labels(queries, passages=None):
    return {"query": torch.tensor(queries), "passage": torch.tensor(passages or list(range(max(queries) + 1)))}


@pytest.mark.parametrize("symmetric", [False, True])
def test_loss_with_one_query_and_passage_a_listing_is_sentence_transformers(symmetric):
    anchors, positives = vectors(6, 8), vectors(6, 8, seed=1)
    ours = ListingRankingLoss(None, symmetric=symmetric)
    options = {"directions": ("query_to_doc", "doc_to_query"), "partition_mode": "per_direction"} if symmetric else {}
    theirs = MultipleNegativesRankingLoss(None, **options).compute_loss_from_embeddings([anchors, positives], None)
    found = ours.compute_loss_from_embeddings([anchors, positives], labels(list(range(6))))
    assert torch.allclose(found, theirs)


@pytest.mark.parametrize("symmetric", [False, True])
def test_loss_queries_of_one_listing_are_not_each_others_negatives(symmetric):
    """Two listings e1, e2; three queries at their own listing: every softmax is over exp(20) and exp(0)s."""
    positives = torch.eye(2)
    owners = [0, 0, 1]
    loss = ListingRankingLoss(None, symmetric=symmetric)
    found = loss.compute_loss_from_embeddings([positives[owners], positives], labels(owners))
    assert found.item() < 1e-8


def test_loss_takes_the_best_passage_of_a_listing():
    """Listing 0 has the passages e1 and e2, listing 1 has e3: a query e2 scores 20 and 0, as with e2 alone."""
    query = torch.eye(3)[1:2]
    both = ListingRankingLoss(None).compute_loss_from_embeddings([query, torch.eye(3)], labels([0], [0, 0, 1]))
    alone = ListingRankingLoss(None).compute_loss_from_embeddings([query, torch.eye(3)[1:]], labels([0], [0, 1]))
    assert torch.equal(both, alone)


def test_loss_scale_changes_the_loss():
    embeddings = [vectors(4, 8), vectors(4, 8, seed=1)]
    losses = [
        ListingRankingLoss(None, scale=scale).compute_loss_from_embeddings(embeddings, labels([0, 1, 2, 3]))
        for scale in (10, 20)
    ]
    assert losses[0] != losses[1]


class MeanModel(torch.nn.Module):
    """The mean of the token ids that are not padding, and a record of the widths it was given."""

    def __init__(self):
        super().__init__()
        self.widths = []

    def forward(self, features):
        ids, mask = features["input_ids"].float(), features["attention_mask"]
        self.widths.append(ids.shape[1])
        return {"sentence_embedding": ((ids * mask).sum(1) / mask.sum(1)).unsqueeze(1)}


@pytest.mark.parametrize("side", ["left", "right"])
def test_embed_in_chunks_gives_the_same_rows_in_order_with_less_padding(side):
    lengths = [3, 9, 1, 9, 2]
    ids = torch.zeros(5, 9, dtype=torch.long)
    mask = torch.zeros(5, 9, dtype=torch.long)
    for row, length in enumerate(lengths):
        columns = slice(0, length) if side == "right" else slice(9 - length, 9)
        ids[row, columns] = torch.arange(1, length + 1) * (row + 1)
        mask[row, columns] = 1
    features = {"input_ids": ids, "attention_mask": mask, "prompt_length": 2}
    whole, chunked = MeanModel(), MeanModel()
    expected = whole(features)["sentence_embedding"]
    assert torch.allclose(embed_in_chunks(chunked, features, chunk_tokens=18).whole, expected)
    assert chunked.widths == [9, 3]


def test_embed_in_chunks_of_a_static_model_is_one_forward():
    class Static(torch.nn.Module):
        def forward(self, features):
            return {"sentence_embedding": features["input_ids"].float()}

    ids = torch.arange(6).reshape(3, 2)
    assert torch.equal(embed_in_chunks(Static(), {"input_ids": ids}).whole, ids.float())


def preprocess(texts, *, prompt, task):
    return {"input_ids": [f"{prompt}|{task}|{text}" for text in texts]}


def row(name, queries, passages, fitting=()):
    return {"listing_id": name, "queries": queries, "passages": passages, "fitting": list(fitting), "role": "cook"}


def test_collator_encodes_each_listing_once_for_its_queries():
    rows = [row("a", ["q1", "q2"], ["d1"]), row("b", ["q3"], ["d2"])]
    batch = ListingCollator(preprocess, "Q: ", None)(rows)
    assert batch["anchor_input_ids"] == ["Q: |query|q1", "Q: |query|q2", "Q: |query|q3"]
    assert batch["positive_input_ids"] == ["None|document|d1", "None|document|d2"]
    assert batch["label"]["query"].tolist() == [0, 0, 1]
    assert batch["label"]["passage"].tolist() == [0, 1]


def test_collator_draws_a_fitting_passage_first_then_others_anew_each_epoch():
    long = row("a", ["q"], [f"p{n}" for n in range(6)], [4])
    drawn = {tuple(ListingCollator(preprocess, passages=2, epoch=epoch).draw(long)[1]) for epoch in range(20)}
    assert all("p4" in passages and len(passages) == 2 for passages in drawn)
    assert len(drawn) > 2
    assert ListingCollator(preprocess, passages=9).draw(long)[1] == long["passages"]


def test_collator_draw_depends_on_seed_epoch_and_listing_only():
    long = row("a", ["forecasting for machine learning years"] * 8, [f"p{n}" for n in range(9)])
    collator = ListingCollator(preprocess, noise=0.5, epoch=3)
    first = collator.draw(long)
    collator.draw(row("b", ["other words entirely"], ["x", "y"]))
    assert collator.draw(long) == first
    assert ListingCollator(preprocess, noise=0.5, epoch=4).draw(long) != first


def test_collator_noise_is_a_share_of_the_queries():
    many = row("a", ["forecasting for machine learning years"] * 200, ["p"])
    clean = ListingCollator(preprocess, noise=0).draw(many)[0]
    noisy = ListingCollator(preprocess, noise=0.25).draw(many)[0]
    assert clean == many["queries"]
    assert 20 < sum(a != b for a, b in zip(noisy, clean, strict=True)) < 80


def test_collator_adds_roles_to_a_share_of_the_queries():
    many = row("a", ["forecasting demand"] * 200, ["p"])
    drawn = ListingCollator(preprocess, roles=0.25).draw(many)[0]
    assert 20 < sum("cook" in text for text in drawn) < 80


def test_fitting_passages_share_the_querys_rarest_words():
    """kafka is in one passage only, jobs in all; a query without a common word fits none."""
    fitting = fitting_passages([["kafka jobs", "zebra"], ["jobs"]], [["sql jobs", "kafka jobs"], ["other jobs"]])
    assert fitting == [[1], []]


def make_dataset(count=6):
    listings = tuple(listing(f"l{n}", f"text {n}", title=f"title {n}") for n in range(count))

    def triplets(*places):
        return tuple(Triplet(Query(f"q{n}{s}", f"query {n}{s}", f"l{n}"), ("l0",)) for n in places for s in "ab")

    return JobDataset("made", listings, {"train": triplets(1, 2, 3), "validation": triplets(4), "test": triplets(5)})


def build(**options):
    return build_examples(make_dataset(), FakeEncoder(("sql",), max_tokens=3), **options)


def test_examples_have_a_row_a_listing_of_the_train_split():
    """Three tokens a passage, two of them the title's: the text's two tokens make two passages."""
    examples = build(reading="windows")
    assert examples["queries"][0] == ["query 1a", "query 1b"]
    assert examples["passages"][0] == ["title 1\ntext", "title 1\n1"]
    assert examples["listing_id"][:] == ["l1", "l2", "l3"]
    assert len(build(reading="windows", most=2)) == 2


def test_examples_of_the_beginning_have_one_passage():
    assert [len(passages) for passages in build(reading="first")["passages"]] == [1, 1, 1]


def test_triplet_examples_have_a_row_a_triplet():
    examples = build_triplet_examples(make_dataset(), most=2)
    assert len(examples) == 4
    assert examples[0] == {"anchor": "query 1a", "positive": "title 1\ntext 1", "negative": "title 0\ntext 0"}


def test_examples_of_one_listing_are_refused():
    with pytest.raises(ValueError, match="at least 2 listings with queries"):
        build(reading="windows", most=1)


def test_validation_pool_is_the_corpus_or_a_draw_with_the_wanted_listings():
    dataset = make_dataset()
    assert len(validation_pool(dataset, most=6, seed=1)) == 6
    pool = [one.listing_id for one in validation_pool(dataset, most=3, seed=1)]
    assert len(pool) == 3
    assert "l4" in pool
    assert pool == sorted(pool)
    assert pool == [one.listing_id for one in validation_pool(dataset, most=3, seed=1)]


def test_epoch_average_is_the_mean_of_the_last_half_of_each_epoch():
    """Weights 1, 2, 3, 4 at the four steps: the epoch ends with 3.5; the next one starts anew: 9, 10, 11, 12 give 11.5."""
    model = torch.nn.Linear(1, 1, bias=False)
    average = EpochAverage(0.5)
    for epoch in range(2):
        average.on_epoch_begin(None, None, None)
        for step in range(1, 5):
            model.weight.data.fill_(8 * epoch + step)
            average.on_step_end(None, TrainerState(epoch=epoch + step / 4), None, model=model)
        average.on_epoch_end(None, None, None, model=model)
        assert model.weight.item() == 8 * epoch + 3.5


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"epochs": 0}, "--epochs of at least 1, got 0"),
        ({"batch": 1}, "--batch of at least 2"),
        ({"passages": 0}, "--passages of at least 1"),
        ({"alike": 0}, "--alike of at least 1"),
        ({"frozen_layers": -1}, "--frozen-layers of at least 0"),
        ({"learning_rate": 0.0}, "--learning-rate above 0"),
        ({"scale": -1.0}, "--scale above 0"),
        ({"warmup": 1.0}, "--warmup as a share"),
        ({"dropout": -0.1}, "--dropout as a share"),
        ({"noise": 1.5}, "--noise as a share"),
        ({"average": -0.5}, "--average as a share"),
        ({"roles": -0.5}, "--roles as a share"),
    ],
)
def test_recipe_out_of_range_is_refused(option, message):
    with pytest.raises(ValueError, match=message):
        replace(SHORTLIST, **option)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"max_validation_listings": 1}, "--max-validation-listings of at least 2"),
        ({"max_train_listings": -1}, "--max-train-listings of at least 0"),
        ({"patience": 0}, "--patience of at least 1"),
    ],
)
def test_config_out_of_range_is_refused(tmp_path, option, message):
    with pytest.raises(ValueError, match=message):
        TrainConfig(dataset="d", out=tmp_path / "out", **option)


def read(*options):
    parsed = vars(build_parser().parse_args(["--dataset", "d", "--out", "o", *options]))
    return read_recipe(parsed)


def test_recipe_options_stand_in_place_of_the_recipes_own():
    assert read() == SHORTLIST
    assert read("--recipe", "tutorial") == TUTORIAL
    changed = read("--epochs", "7", "--no-symmetric", "--reading", "first", "--noise", "0")
    assert changed == replace(SHORTLIST, epochs=7, symmetric=False, reading="first", noise=0.0)


def test_recipe_option_without_effect_is_refused():
    with pytest.raises(ValueError, match="options of the recipe tutorial, --noise is none"):
        read("--recipe", "tutorial", "--noise", "0.5")


def test_config_identity_changes_with_what_decides_the_result_only(tmp_path):
    config = TrainConfig(dataset="d", out=tmp_path / "out")
    assert replace(config, resume=True, cache=tmp_path).identity("x") == config.identity("x")
    assert replace(config, seed=1).identity("x") != config.identity("x")
    assert replace(config, recipe=replace(SHORTLIST, noise=0.9)).identity("x") != config.identity("x")
    assert config.identity("y") != config.identity("x")


def test_checkpoints_of_another_run_are_refused_and_a_new_run_starts_clean(tmp_path):
    folder = tmp_path / "checkpoints"
    assert prepare_checkpoints(folder, identity="one", resume=False) is None
    (folder / "checkpoint-3").mkdir()
    assert prepare_checkpoints(folder, identity="one", resume=True) == str(folder / "checkpoint-3")
    with pytest.raises(ValueError, match="same options, data and base"):
        prepare_checkpoints(folder, identity="two", resume=True)
    assert prepare_checkpoints(folder, identity="two", resume=False) is None
    assert not (folder / "checkpoint-3").exists()


def test_config_keeps_an_earlier_model(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(ValueError, match="add --overwrite"):
        TrainConfig(dataset="d", out=tmp_path)
    assert TrainConfig(dataset="d", out=tmp_path, overwrite=True).out == tmp_path


def test_command_missing_dataset_is_one_line_and_status_2(capsys, tmp_path):
    assert main(["--dataset", str(tmp_path / "none"), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err.strip()
    assert error.startswith("train: error: expected a dataset folder")
    assert "\n" not in error
    assert not (tmp_path / "out").exists()
