"""Loss, collator, configuration and the parts of a run that need no training."""

import pytest
import torch
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

from data.folder import JobDataset, Triplet
from search.records import Query
from tests.fakes import listing
from train.__main__ import main
from train.config import TrainConfig
from train.examples import ListingCollator, build_examples
from train.loss import ListingRankingLoss, embed_in_chunks
from train.validation import validation_pool


def vectors(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_loss_with_one_query_a_listing_is_the_parents():
    anchors, positives = vectors(6, 8), vectors(6, 8, seed=1)
    ours = ListingRankingLoss(None).compute_loss_from_embeddings([anchors, positives], torch.arange(6))
    theirs = MultipleNegativesRankingLoss(None).compute_loss_from_embeddings([anchors, positives], None)
    assert torch.allclose(ours, theirs)


def test_loss_queries_of_one_listing_are_not_each_others_negatives():
    """Two listings e1, e2; three queries at their own listing: every softmax is over exp(20), exp(0)."""
    positives = torch.eye(2)
    owners = torch.tensor([0, 0, 1])
    loss = ListingRankingLoss(None).compute_loss_from_embeddings([positives[owners], positives], owners)
    assert loss.item() == pytest.approx(torch.log1p(torch.exp(torch.tensor(-20.0))).item(), abs=1e-8)


def test_loss_scale_changes_the_loss():
    embeddings = [vectors(4, 8), vectors(4, 8, seed=1)]
    losses = [
        ListingRankingLoss(None, scale=scale).compute_loss_from_embeddings(embeddings, torch.arange(4))
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
    assert torch.allclose(embed_in_chunks(chunked, features, chunk_tokens=18), expected)
    assert chunked.widths == [9, 3]


def test_embed_in_chunks_of_a_static_model_is_one_forward():
    class Static(torch.nn.Module):
        def forward(self, features):
            return {"sentence_embedding": features["input_ids"].float()}

    ids = torch.arange(6).reshape(3, 2)
    assert torch.equal(embed_in_chunks(Static(), {"input_ids": ids}), ids.float())


def test_collator_encodes_each_listing_once_for_its_queries():
    def preprocess(texts, *, prompt, task):
        return {"input_ids": [f"{prompt}|{task}|{text}" for text in texts]}

    rows = [{"queries": ["q1", "q2"], "document": "d1"}, {"queries": ["q3"], "document": "d2"}]
    batch = ListingCollator(preprocess, "Q: ", None)(rows)
    assert batch["anchor_input_ids"] == ["Q: |query|q1", "Q: |query|q2", "Q: |query|q3"]
    assert batch["positive_input_ids"] == ["None|document|d1", "None|document|d2"]
    assert batch["label"].tolist() == [0, 0, 1]


def make_dataset(count=6):
    listings = tuple(listing(f"l{n}", f"text {n}", title=f"title {n}") for n in range(count))

    def triplets(*places):
        return tuple(Triplet(Query(f"q{n}{s}", f"query {n}{s}", f"l{n}"), "l0") for n in places for s in "ab")

    return JobDataset("made", listings, {"train": triplets(1, 2, 3), "validation": triplets(4), "test": triplets(5)})


def test_examples_have_a_row_a_listing_of_the_train_split():
    examples = build_examples(make_dataset())
    assert examples["queries"][0] == ["query 1a", "query 1b"]
    assert examples["document"][:] == ["title 1\ntext 1", "title 2\ntext 2", "title 3\ntext 3"]
    assert len(build_examples(make_dataset(), most=2)) == 2


def test_examples_of_one_listing_are_refused():
    with pytest.raises(ValueError, match="at least 2 listings with queries"):
        build_examples(make_dataset(), most=1)


def test_validation_pool_is_the_corpus_or_a_draw_with_the_wanted_listings():
    dataset = make_dataset()
    assert len(validation_pool(dataset, most=6, seed=1)) == 6
    pool = [one.listing_id for one in validation_pool(dataset, most=3, seed=1)]
    assert len(pool) == 3
    assert "l4" in pool
    assert pool == sorted(pool)
    assert pool == [one.listing_id for one in validation_pool(dataset, most=3, seed=1)]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"epochs": 0}, "--epochs of at least 1, got 0"),
        ({"batch_listings": 1}, "--batch-listings of at least 2"),
        ({"learning_rate": 0.0}, "--learning-rate above 0"),
        ({"warmup": 1.0}, "--warmup as a share"),
        ({"dropout": -0.1}, "--dropout as a share"),
        ({"max_validation_listings": 1}, "--max-validation-listings of at least 2"),
    ],
)
def test_config_out_of_range_is_refused(tmp_path, option, message):
    with pytest.raises(ValueError, match=message):
        TrainConfig(dataset="d", out=tmp_path / "out", **option)


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
