"""What the Hub finds wrong with the head of a README.md: the rules that our cards could break."""

from collections.abc import Iterator
from typing import Any

import yaml


def card_errors(text: str) -> list[str]:
    """Return what is wrong with a card, nothing for a good one."""
    parts = text.split("---\n", 2)
    if len(parts) < 3 or parts[0]:
        return []
    try:
        head = yaml.safe_load(parts[1])
    except yaml.YAMLError as error:
        return [f"Invalid YAML: {error}"]
    if not isinstance(head, dict):
        return ['"metadata" must be of type object']
    return [*_field_errors(head), *_index_errors(head.get("model-index", []))]


def _field_errors(head: dict[str, Any]) -> Iterator[str]:
    for name in ("tags", "models", "datasets", "configs", "task_categories", "preload_from_hub"):
        if not isinstance(head.get(name, []), list):
            yield f'"{name}" must be an array'
    for config in head.get("configs") or []:
        if not {"config_name", "data_files"} <= config.keys():
            yield '"configs" needs "config_name" and "data_files"'
    if len(str(head.get("short_description", ""))) > 60:
        yield '"short_description" length must be less than or equal to 60 characters long'
    if head.get("sdk") == "gradio" and not isinstance(head.get("sdk_version"), str):
        yield '"sdk_version" must be a string'
    for name in ("colorFrom", "colorTo"):
        if head.get(name, "red") not in ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"):
            yield f'"{name}" must be one of the Hub\'s colours'


def _index_errors(models: list[dict[str, Any]]) -> Iterator[str]:
    for model in models:
        if not model.get("name"):
            yield '"model-index[0].name" is required'
        for result in model.get("results", []):
            if not result.get("task", {}).get("type") or not {"name", "type"} <= result.get("dataset", {}).keys():
                yield '"model-index[0].results[0]" needs "task.type", "dataset.name" and "dataset.type"'
            for metric in result.get("metrics", []):
                if not {"type", "value"} <= metric.keys():
                    yield '"model-index[0].results[0].metrics[0]" needs "type" and "value"'
