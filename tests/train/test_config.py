"""Recipes, the options of `python -m train`, and what is refused before anything is loaded."""

from dataclasses import replace

import pytest

from train.__main__ import main
from train.config import TrainConfig
from train.recipes import SHORTLIST, TUTORIAL


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"epochs": 0}, "--epochs of at least 1, got 0"),
        ({"batch": 1}, "--batch of at least 2"),
        ({"window": 15}, "--window of at least 16"),
        ({"learning_rate": 0.0}, "--learning-rate above 0"),
        ({"scale": -1.0}, "--scale above 0"),
        ({"scale": float("nan")}, "--scale above 0, got nan"),
        ({"warmup": 1.0}, "--warmup as a share"),
        ({"dropout": -0.1}, "--dropout as a share"),
        ({"noise": 1.5}, "--noise as a share"),
        ({"families": -0.5}, "--families as a share"),
        ({"tokens": 1.1}, "--tokens as a share"),
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


@pytest.fixture
def read(monkeypatch, tmp_path):
    """Run the command and return the configuration that it trains with."""

    def run(*options):
        asked = []
        monkeypatch.setattr("train.finetune.train", asked.append)
        assert main(["--dataset", "d", "--out", str(tmp_path / "o"), *options]) == 0
        return asked[0]

    return run


def test_options_are_the_configs(read, tmp_path):
    config = read("--base", "b", "--patience", "2", "--seed", "-1", "--cache", "c", "--resume")
    assert config == TrainConfig("d", tmp_path / "o", "b", patience=2, seed=-1, cache=config.cache, resume=True)
    assert str(config.cache) == "c"


def test_recipe_options_stand_in_place_of_the_recipes_own(read):
    assert read().recipe == SHORTLIST
    assert read("--recipe", "tutorial").recipe == read("--recipe=tutorial").recipe == TUTORIAL
    changed = read("--epochs", "7", "--scoring", "first", "--noise", "0", "--learning-rate", "1e-3").recipe
    assert changed == replace(SHORTLIST, epochs=7, scoring="first", noise=0.0, learning_rate=1e-3)
    assert read("--recipe", "tutorial", "--batch", "8").recipe == replace(TUTORIAL, batch=8)


@pytest.mark.parametrize(
    ("former", "now"), [("windows", "max_passage"), ("tokens", "late_interaction"), ("first", "first")]
)
def test_former_names_of_options_and_scorings_are_read(read, former, now):
    assert read("--reading", former, "--roles", "0.1").recipe == replace(SHORTLIST, scoring=now, families=0.1)
    assert read("--scoring", former).recipe.scoring == now


@pytest.mark.parametrize("option", ["window", "noise", "families", "tokens"])
def test_recipe_option_without_effect_is_refused(capsys, tmp_path, option):
    value = "32" if option == "window" else "0.5"
    options = ["--dataset", "d", "--out", str(tmp_path / "o"), "--recipe", "tutorial", f"--{option}", value]
    assert main(options) == 2
    assert f"expected options of the recipe tutorial, --{option} is none" in capsys.readouterr().err


def test_help_shows_the_defaults_of_the_recipe_that_is_named(capsys):
    shown = []
    for options in ([], ["--recipe", "tutorial"]):
        with pytest.raises(SystemExit, match="0"):
            main([*options, "--help"])
        shown.append(capsys.readouterr().out)
    assert "(default: 0.0001)" in shown[0]
    assert "(default: 2e-05)" in shown[1]


def test_config_identity_changes_with_what_decides_the_result_only(tmp_path):
    config = TrainConfig(dataset="d", out=tmp_path / "out")
    assert replace(config, resume=True, cache=tmp_path).identity("x") == config.identity("x")
    assert replace(config, seed=1).identity("x") != config.identity("x")
    assert replace(config, recipe=replace(SHORTLIST, noise=0.9)).identity("x") != config.identity("x")
    assert config.identity("y") != config.identity("x")


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
