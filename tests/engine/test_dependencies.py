"""Defends the section "Dependencies": circles are refused, unknown keys only warned of."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.dependencies import closing, prerequisites, unknown_dependencies
from app.engine.errors import DependencyCircles
from app.engine.methods.moscow import MoscowInputs
from app.engine.verdict import ListWarning


class Item(NamedTuple):
    key: str
    inputs: MoscowInputs


def graph(**depends_on: list[str] | None) -> list[Item]:
    return [Item(key, MoscowInputs(depends_on=keys)) for key, keys in depends_on.items()]


def circle_of(keys: list[str]) -> list[Item]:
    return graph(**{key: [after] for key, after in zip(keys, [*keys[1:], keys[0]], strict=True)})


def test_every_item_is_mapped_to_what_must_come_before() -> None:
    assert prerequisites(graph(a=["b", "c"], b=["c"], c=None)) == {
        "a": ["b", "c"],
        "b": ["c"],
        "c": [],
    }


def test_what_is_named_twice_is_needed_once() -> None:
    assert prerequisites(graph(a=["b", "b"], b=[])) == {"a": ["b"], "b": []}


def test_unknown_keys_are_ignored_and_warned_of() -> None:
    items = graph(b=["gone"], a=["c", "lost"], c=[])
    assert prerequisites(items) == {"b": [], "a": ["c"], "c": []}
    assert unknown_dependencies(items) == [
        ListWarning(
            "unknown_dependency",
            "Items that depend on keys outside of the list, which were ignored: 2.",
            2,
            ["a", "b"],
        )
    ]


def test_known_keys_are_not_warned_of() -> None:
    assert unknown_dependencies(graph(a=["b"], b=None)) == []


@pytest.mark.parametrize(
    ("items", "circle"),
    [
        (graph(a=["a"]), ("a",)),
        (graph(b=["a"], a=["b"]), ("a", "b")),
        (graph(a=["c"], b=["a"], c=["b"]), ("a", "c", "b")),
        (graph(x=["a"], a=["b"], b=["c"], c=["a"], y=None), ("a", "b", "c")),
    ],
)
def test_a_circle_is_named_from_its_smallest_key(
    items: list[Item], circle: tuple[str, ...]
) -> None:
    with pytest.raises(DependencyCircles) as refusal:
        prerequisites(items)
    assert refusal.value.circles == (circle,)


def test_the_sentence_of_a_circle_ends_where_it_began() -> None:
    with pytest.raises(DependencyCircles, match=r"in a circle: a -> c -> b -> a\.$"):
        prerequisites(graph(a=["c"], b=["a"], c=["b"]))


def test_a_circle_of_a_thousand_is_named_in_full() -> None:
    keys = [f"{n:03}" for n in range(1_000)]
    with pytest.raises(DependencyCircles) as refusal:
        prerequisites(circle_of(keys))
    assert refusal.value.circles == (tuple(keys),)


def test_a_circle_of_more_than_a_thousand_says_how_many_more_there_are() -> None:
    keys = [f"{n:04}" for n in range(1_050)]
    with pytest.raises(DependencyCircles) as refusal:
        prerequisites(circle_of(keys))
    assert refusal.value.circles == ((*keys[:1_000], "... and 50 more"),)
    assert str(refusal.value).endswith("0998 -> 0999 -> ... and 50 more -> 0000.")


def test_circles_are_named_by_a_thousand_keys_together_and_each_by_twenty() -> None:
    first, second, third = ([f"{name}{n:03}" for n in range(600)] for name in "abc")
    with pytest.raises(DependencyCircles) as refusal:
        prerequisites([*circle_of(first), *circle_of(second), *circle_of(third)])
    assert refusal.value.circles == (
        tuple(first),
        (*second[:400], "... and 200 more"),
        (*third[:20], "... and 580 more"),
    )


def test_separate_circles_are_all_named() -> None:
    with pytest.raises(DependencyCircles) as refusal:
        prerequisites(graph(c=["d"], d=["c"], a=["b"], b=["a"], e=["e"]))
    assert refusal.value.circles == (("a", "b"), ("c", "d"), ("e",))


def test_order_of_items_does_not_decide_which_circle_is_named() -> None:
    items = graph(a=["b", "c"], b=["a"], c=["a"])
    told = []
    for order in (items, items[::-1]):
        with pytest.raises(DependencyCircles) as refusal:
            prerequisites(order)
        told.append(str(refusal.value))
    assert told[0] == told[1]


def test_many_circles_in_a_dense_list_are_named_by_twenty_of_them() -> None:
    keys = [f"{n:04}" for n in range(2_000)]
    items = graph(
        **{key: [keys[(n + d) % 2_000] for d in range(1, 101)] for n, key in enumerate(keys)}
    )
    with pytest.raises(DependencyCircles) as refusal:
        prerequisites(items)
    assert len(refusal.value.circles) == 20
    # Each of the last hundred steps over the end, the farthest to a hundred places behind it.
    assert refusal.value.count == 5_050


def test_circles_that_are_not_named_are_counted() -> None:
    with pytest.raises(DependencyCircles, match=r"s -> s; t -> t; and 6 more\.$") as refusal:
        prerequisites(graph(**{key: [key] for key in "abcdefghijklmnopqrstuvwxyz"}))
    assert len(refusal.value.circles) == 20
    assert refusal.value.count == 26


@pytest.mark.parametrize(
    ("drawn", "new", "dropped"),
    [
        ({"a": ["b"], "b": []}, "ab", []),
        ({"a": ["a"]}, "a", [("a", "a")]),
        ({"a": ["b"], "b": ["a"]}, "ab", [("b", "a")]),
        ({"a": ["b"], "b": ["a"]}, "a", [("a", "b")]),
        ({"a": ["b"], "b": ["c"], "c": ["a"]}, "b", [("b", "c")]),
        ({"a": ["gone"], "b": ["a"]}, "ab", []),
    ],
)
def test_what_closes_a_circle_is_found_among_what_is_new(
    drawn: dict[str, list[str]], new: str, dropped: list[tuple[str, str]]
) -> None:
    assert closing(drawn, set(new)) == dropped


@given(
    kept=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=12),
    added=st.lists(st.tuples(st.integers(8, 11), st.integers(0, 11)), max_size=12),
    back=st.lists(st.tuples(st.integers(0, 7), st.integers(8, 11)), max_size=6),
)
def test_without_what_closes_them_there_are_no_circles(
    kept: list[tuple[int, int]], added: list[tuple[int, int]], back: list[tuple[int, int]]
) -> None:
    drawn: dict[str, list[str]] = {f"{key:02}": [] for key in range(12)}
    for key, before in [*((max(pair), min(pair)) for pair in kept if len(set(pair)) == 2), *back]:
        drawn[f"{key:02}"].append(f"{before:02}")  # what is known has no circle in itself
    for key, before in added:
        drawn[f"{key:02}"].append(f"{before:02}")
    new = {f"{key:02}" for key in range(8, 12)}
    dropped = closing(drawn, new)
    assert all(key in new for key, _ in dropped)
    left = {
        key: [one for one in before if (key, one) not in dropped] for key, before in drawn.items()
    }
    prerequisites(graph(**left))
