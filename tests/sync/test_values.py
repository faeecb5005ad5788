"""A value reads as what it says, or as a reason; never as a default."""

from typing import Any

import pytest

from app.engine.methods import AnyInputs
from app.sync.values import Input, Reader, Unread, input_called, known_inputs, listed, parts
from tests.sync.pages import INPUTS

EFFORT = INPUTS["effort"]
CATEGORY = INPUTS["category"]
HORIZON = INPUTS["horizon"]
DEPENDS_ON = INPUTS["depends_on"]
IMPACTS: dict[str, float | str] = {"massive": 3, "High ": 2, "1": 0.25}


def test_what_inputs_may_hold_is_read_off_their_schema() -> None:
    assert set(INPUTS) == set(AnyInputs.model_fields)
    assert INPUTS["ease"] == Input("ease", "number", (), 1, 10)
    assert INPUTS["must_be"].whole
    assert CATEGORY.choices == ("must", "should", "could", "wont")
    assert (DEPENDS_ON.kind, INPUTS["criteria"].kind) == ("keys", "criteria")


def test_a_criterion_is_called_by_its_own_name() -> None:
    assert input_called("criteria.Time to market", INPUTS) == Input(
        "criteria.Time to market", "number"
    )
    for name in ("criteria", "criteria.", "reech", ""):
        assert input_called(name, INPUTS) is None
    assert input_called("criteria.x", known_inputs({"properties": {}})) is None


def paragraph(*texts: Any) -> dict[str, Any]:  # noqa: ANN401
    nodes = [{"type": "text", "text": one} if isinstance(one, str) else one for one in texts]
    return {"type": "paragraph", "content": nodes}


@pytest.mark.parametrize(
    "word", ["", " ", "-", "n/a", "N/A", "none", "NULL", "tbd", "#N/A", "#DIV/0!"]
)
def test_words_that_mean_missing_are_missing(word: str) -> None:
    for known in (EFFORT, CATEGORY, DEPENDS_ON):
        assert Reader(known).read(word) is None
        assert Reader(known).read({"value": word}) is None


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        [None],
        {"nodes": []},
        {"hasEpicLinkFieldDependency": False, "showField": False},
        {"type": "doc", "version": 1, "content": []},
        {"value": None},
    ],
)
def test_what_holds_nothing_is_missing(value: object) -> None:
    assert Reader(EFFORT).read(value) is None


@pytest.mark.parametrize(
    "value",
    [
        4,
        4.0,
        "4",
        "4.0",
        {"value": "4", "id": "10037"},
        [{"value": "4", "id": "10037"}],
        ["4"],
        {"name": "4"},
        {"nodes": [{"name": "4"}]},
        {"type": "doc", "content": [paragraph(), paragraph("4")]},
    ],
)
def test_a_number_is_found_in_whatever_holds_it(value: object) -> None:
    assert Reader(EFFORT).read(value) == 4


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("High", "not_a_number"),
        (True, "not_a_number"),
        (-1, "out_of_scale"),
        ("1e400", "not_a_number"),
        ("1,200", "ambiguous_number"),
        ([1, 2], "several_values"),
        (["a", "b"], "several_values"),
        ({"progress": 0, "total": 0}, "not_a_value"),
        ({"type": "doc", "content": [paragraph("1"), paragraph("200")]}, "several_values"),
        (
            {"type": "doc", "content": [paragraph("1", {"type": "hardBreak"}, "200")]},
            "several_values",
        ),
    ],
)
def test_what_cannot_be_read_says_why(value: object, code: str) -> None:
    read = Reader(EFFORT).read(value)
    assert isinstance(read, Unread)
    assert read.code == code
    assert "effort" in read.message


def test_nothing_that_was_sent_is_said_back() -> None:
    for known in (EFFORT, CATEGORY, DEPENDS_ON):
        for value in ("s3cret", ["s3cret"], " s3cret\n", "s3cret\x00", {"s3cret": 1}):
            read = Reader(known, {"high": 2}).read(value)
            assert not isinstance(read, Unread) or "s3cret" not in read.message


def test_bounds_are_those_of_the_input() -> None:
    assert Reader(INPUTS["ease"]).read(11) == Unread("out_of_scale", "ease must be from 1 to 10.")
    assert Reader(EFFORT).read(-1) == Unread("out_of_scale", "effort must be 0 or more.")
    assert Reader(INPUTS["must_be"]).read(1.5) == Unread(
        "out_of_scale", "must_be must be a whole number."
    )


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("Massive", 3),
        (" MASSIVE ", 3),
        ({"value": "massive"}, 3),
        ("high", 2),
        ("2", 2),
        (2, 2),
        (1, 0.25),
        (1.0, 0.25),
        ("1", 0.25),
        ("none", None),
    ],
)
def test_words_mean_what_the_profile_says(value: object, meant: float | None) -> None:
    assert Reader(INPUTS["impact"], IMPACTS).read(value) == meant


def test_a_word_that_usually_means_missing_may_mean_a_number() -> None:
    assert Reader(INPUTS["impact"], {"None": 0}).read("none") == 0


def test_an_unknown_word_is_told_the_known_ones() -> None:
    assert Reader(INPUTS["impact"], IMPACTS).read("hihg") == Unread(
        "unknown_value",
        "impact has an unknown value. Known are: massive, High , 1. Use one of them, or say in the"
        " profile's values what it means.",
    )


def test_of_very_many_known_words_fifty_are_told() -> None:
    read = Reader(INPUTS["impact"], {f"w{n}": n for n in range(200)}).read("w")
    assert isinstance(read, Unread)
    assert "w49 and 150 more" in read.message


def test_percent_is_kept_as_the_profile_says() -> None:
    confidence = INPUTS["confidence"]
    assert Reader(confidence).read("80%") == 80
    assert Reader(confidence, fractions=True).read("80% (High)") == 0.8
    assert Reader(confidence, fractions=True).read("0.8") == 0.8


@pytest.mark.parametrize(
    ("word", "choice"),
    [
        ("must", "must"),
        ("Must", "must"),
        ("Must have", "must"),
        ("MUST HAVE", "must"),
        ("m", "must"),
        ("S", "should"),
        ("could have", "could"),
        ("Won't", "wont"),
        ("won\u2019t have this time", "wont"),
        ("W", "wont"),
    ],
)
def test_people_write_classes_in_many_ways(word: str, choice: str) -> None:
    assert Reader(CATEGORY).read(word) == choice


def test_a_letter_that_may_be_two_classes_is_unknown() -> None:
    for word in ("n", "soon", 1, "must not"):
        read = Reader(HORIZON).read(word)
        assert isinstance(read, Unread)
        assert (read.code, "Known are: now, next, later." in read.message) == (
            "unknown_value",
            True,
        )


def test_classes_may_be_called_otherwise() -> None:
    reader = Reader(HORIZON, {"Q1": "now", "Later": "next"})
    assert [reader.read(word) for word in ("q1", "now", "later")] == ["now", "now", "next"]
    assert isinstance(reader.read("q2"), Unread)


@pytest.mark.parametrize(
    ("value", "keys"),
    [
        ("SP-1", ["SP-1"]),
        ("SP-1, SP-2; x", ["SP-1", "SP-2; x"]),
        ("SP-1; SP-2", ["SP-1", "SP-2"]),
        ('"a, b", c d', ["a, b", "c d"]),
        (["SP-1", "SP-2", "SP-1"], ["SP-1", "SP-2"]),
        ([{"key": "SP-1"}, {"identifier": "ENG-7"}], ["SP-1", "ENG-7"]),
        ([5], ["5"]),
    ],
)
def test_keys_are_listed_with_commas_or_one_by_one(value: object, keys: list[str]) -> None:
    assert Reader(DEPENDS_ON).read(value) == keys


@pytest.mark.parametrize(
    ("value", "code"),
    [("..", "not_a_key"), ("a\x00b", "not_a_key"), ([f"{n}" for n in range(101)], "too_many")],
)
def test_what_is_no_key_is_no_dependency(value: object, code: str) -> None:
    read = Reader(DEPENDS_ON).read(value)
    assert isinstance(read, Unread)
    assert read.code == code


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("growth", ["growth"]),
        ("Bug, Good first issue", ["Bug", "Good first issue"]),
        ("a; b", ["a", "b"]),
        ("a; b, c", ["a; b", "c"]),
        ('"x, y", z', ["x, y", "z"]),
        ('" x"', [" x"]),
        ('"say ""hi""", z', ['say "hi"', "z"]),
        ('5" disk, z', ['5" disk', "z"]),
        (",,", []),
    ],
)
def test_a_cell_lists_words(text: str, words: list[str]) -> None:
    assert listed(text) == words


@pytest.mark.parametrize("depth", [100, 1000])
def test_no_depth_is_too_much(depth: int) -> None:
    value: Any = "4"
    for _ in range(depth):
        value = [value]
    read = Reader(EFFORT).read(value)
    assert isinstance(read, Unread)
    content: Any = []
    for _ in range(depth):
        content = [{"content": content}]
    read = Reader(EFFORT).read({"type": "doc", "content": content})
    assert isinstance(read, Unread)


def test_the_parts_of_a_connection_are_its_nodes() -> None:
    assert list(parts({"edges": [{"node": 1}, None, {"node": {"name": "x"}}]})) == [1, "x"]
