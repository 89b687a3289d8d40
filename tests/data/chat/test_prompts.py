"""Slots of prompts, and JSON in answers."""

import pytest

from data.chat.prompts import fill_slots, json_objects, json_values, name_faults, read_template


def test_fill_slots_value_with_a_slot_is_not_filled_again():
    filled = fill_slots("{query} | {listing} | {other}", {"query": "{listing}", "listing": "{query} {x}"})
    assert filled == "{listing} | {query} {x} | {other}"


def test_fill_slots_leaves_other_braces_alone():
    assert fill_slots('{"grade": 0} {a}{a}', {"a": r"\1"}) == r'{"grade": 0} \1\1'


def test_template_without_a_slot_is_refused(tmp_path):
    path = tmp_path / "prompt.txt"
    path.write_text("{query}")
    assert read_template(path, {"query": "the query"}) == "{query}"
    with pytest.raises(ValueError, match=r"expected \{listing\} in the prompt .*prompt.txt, where the listing goes"):
        read_template(path, {"query": "the query", "listing": "the listing"})


def test_faults_are_named_and_none_changes_nothing():
    assert name_faults("Ask", []) == "Ask"
    assert name_faults("Ask", ["a", "b"]) == "Ask\nAn earlier answer was refused (a; b). Answer better."


def test_json_objects_are_found_inside_prose_and_each_other():
    assert list(json_objects('so {"a": {"b": 1}} and {broken {"c": 2}')) == [{"a": {"b": 1}}, {"b": 1}, {"c": 2}]


def test_json_values_are_all_of_a_name_also_twice_in_one_object():
    content = 'so {"a": 1, "b": 0, "a": 2} and {broken {"c": {"a": [3]}} {} {"b": 4}'
    assert list(json_values(content, "a")) == [1, 2, [3]]
