"""Defends the balance: by effort and not by count, and of what is planned alone."""

from app.engine.balance import balance
from app.engine.verdict import Balance, BucketBalance


def test_shares_are_of_the_effort_that_is_planned() -> None:
    placed = [("a", "must", 6.0), ("b", "could", 1.0), ("c", "could", 1.0), ("d", "wont", 90.0)]
    assert balance(placed, ("must", "could", "wont"), ("must", "could")) == Balance(
        [
            BucketBalance("must", 1, 6.0, 0.75),
            BucketBalance("could", 2, 2.0, 0.25),
            BucketBalance("wont", 1, 90.0, None),
        ],
        0,
        [],
    )


def test_items_without_effort_are_counted_and_named_but_not_those_not_planned() -> None:
    placed = [("b", "must", None), ("a", "must", None), ("c", "must", 2.0), ("d", "wont", None)]
    assert balance(placed, ("must", "wont"), ("must",)) == Balance(
        [BucketBalance("must", 3, 2.0, 1.0), BucketBalance("wont", 1, 0.0, None)], 2, ["a", "b"]
    )


def test_the_first_twenty_without_effort_are_named() -> None:
    placed = [(f"{n:02}", "must", None) for n in reversed(range(25))]
    made = balance(placed, ("must",), ("must",))
    assert made.without_effort == 25
    assert made.keys_without_effort == [f"{n:02}" for n in range(20)]


def test_without_any_effort_there_are_no_shares() -> None:
    made = balance(
        [("a", "must", 0.0), ("b", "could", None)], ("must", "could"), ("must", "could")
    )
    assert [bucket.share for bucket in made.buckets] == [None, None]


def test_efforts_are_rounded_once_they_are_added_up() -> None:
    made = balance([("a", "must", 0.1), ("b", "must", 0.2)], ("must",), ("must",))
    assert made.buckets[0].effort == 0.3


def test_efforts_beyond_the_largest_number_are_null() -> None:
    placed = [("a", "must", 1.7e308), ("b", "must", 1.7e308), ("c", "could", 1.0)]
    must, _ = balance(placed, ("must", "could"), ("must", "could")).buckets
    assert (must.effort, must.share) == (None, None)
