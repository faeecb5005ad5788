"""Who changes the method is told which inputs were given for another one, until they are given."""

import pytest
from fastapi.testclient import TestClient

from tests.api.v1.conftest import Made, rice


def warned(stored: TestClient, address: str) -> list[tuple[str, list[str]]]:
    warnings = stored.get(f"{address}/ranking").json()["warnings"]
    return [
        (one["message"].partition(".")[0], one["keys"])
        for one in warnings
        if one["code"] == "input_meaning_differs"
    ]


def score_by(stored: TestClient, address: str, method: str) -> None:
    answer = stored.patch(address, json={"scoring": {"method": method}})
    assert answer.status_code == 200


BOTH = "Inputs given for rice mean something else in ice: confidence and impact"


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another name"},
        {"labels": ["growth"]},
        {"inputs": {"ease": 5}},
        {"inputs": {"impact": 1, "confidence": 100}},
    ],
)
def test_what_leaves_an_input_as_it_is_leaves_the_warning(
    stored: TestClient, made: Made, change: dict[str, object]
) -> None:
    address = made(items=[rice("A", 3), rice("B", 3)])
    score_by(stored, address, "ice")
    assert warned(stored, address) == [(BOTH, ["A", "B"])]
    stored.patch(f"{address}/items/A", json=change)
    assert warned(stored, address) == [(BOTH, ["A", "B"])]


def test_only_the_input_that_is_given_anew_is_warned_of_no_more(
    stored: TestClient, made: Made
) -> None:
    address = made(items=[rice("A", 3)])
    score_by(stored, address, "ice")
    stored.patch(f"{address}/items/A", json={"inputs": {"impact": 7}})
    given = "Inputs given for rice mean something else in ice: confidence"
    assert warned(stored, address) == [(given, ["A"])]
    stored.patch(f"{address}/items/A", json={"inputs": {"confidence": None}})
    assert warned(stored, address) == []


def test_the_way_back_warns_only_of_what_was_given_meanwhile(
    stored: TestClient, made: Made
) -> None:
    address = made(items=[rice("A", 3), rice("B", 3)])
    score_by(stored, address, "ice")
    stored.patch(f"{address}/items/B", json={"inputs": {"impact": 7}})
    score_by(stored, address, "rice")
    given = "Inputs given for ice mean something else in rice: impact"
    assert warned(stored, address) == [(given, ["B"])]


def test_a_method_between_that_reads_neither_is_no_way_around(
    stored: TestClient, made: Made
) -> None:
    address = made(items=[rice("A", 3)])
    score_by(stored, address, "wsjf")
    assert warned(stored, address) == []
    stored.patch(f"{address}/items/A", json={"title": "Another name"})
    score_by(stored, address, "ice")
    assert warned(stored, address) == [(BOTH, ["A"])]


def test_an_archived_item_is_warned_of_once_it_is_back(stored: TestClient, made: Made) -> None:
    address = made(items=[rice("A", 3)])
    stored.patch(f"{address}/items/A", json={"archived": True})
    score_by(stored, address, "ice")
    assert warned(stored, address) == []
    stored.patch(f"{address}/items/A", json={"archived": False})
    assert warned(stored, address) == [(BOTH, ["A"])]


@pytest.mark.parametrize("impact", [1, 5])
def test_a_new_item_and_one_sent_whole_are_given_for_the_method_of_now(
    stored: TestClient, made: Made, impact: float
) -> None:
    known = {"key": "A", "inputs": {"reach": 3, "impact": 1, "confidence": 10, "effort": 1}}
    address = made(items=[known])
    score_by(stored, address, "ice")
    inputs = {"impact": impact, "confidence": 10, "ease": 5}
    for key in ("A", "B"):
        stored.put(f"{address}/items/{key}", json={"inputs": inputs})
    assert warned(stored, address) == []


def test_a_list_that_is_sent_again_as_it_was_leaves_the_warning(
    stored: TestClient, made: Made
) -> None:
    """A script that sends it every night does not know of the other method."""
    address = made(items=[rice("A", 3)])
    score_by(stored, address, "ice")
    stored.put(f"{address}/items", json={"items": [rice("A", 3)]})
    assert warned(stored, address) == [(BOTH, ["A"])]
