"""Defends the plan against one that is slow and plain, and holds what it promises."""

from collections.abc import Mapping
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.horizons import HORIZONS, LATER, Plan

REPEATABLE = settings(max_examples=300, derandomize=True, database=None)

TIERS = list(HORIZONS)


class Inputs(NamedTuple):
    horizon: str | None
    effort: float
    depends_on: list[str]


Known = Mapping[str, Inputs]


class Item(NamedTuple):
    key: str
    inputs: Inputs


class Limit(NamedTuple):
    max_items: float | None
    max_effort: float | None


class Drawn(NamedTuple):
    """A list without circles, the order in which it is assigned, and two limits."""

    items: list[Item]
    order: dict[str, tuple[float, str]]
    limits: list[Limit | None]

    def plan(self) -> Plan:
        return Plan(self.items, self.order, self.limits)


@st.composite
def lists(draw: st.DrawFn, *, by_hand: bool = True) -> Drawn:
    keys = "abcdefgh"[: draw(st.integers(1, 8))]
    horizon = st.sampled_from([None, None, None, *TIERS]) if by_hand else st.none()
    # In long chains what was set by hand is needed, and itself needs others that are set by hand.
    least, reach = draw(st.sampled_from([(0, 8), (1, 2)]))
    items = []
    for n, key in enumerate(keys):
        before = st.sampled_from(keys[max(n - reach, 0) : n])
        needed = st.lists(before, min_size=least, max_size=2, unique=True) if n else st.just([])
        items.append(Item(key, Inputs(draw(horizon), draw(st.integers(0, 5)) / 10, draw(needed))))
    order = {key: (float(n), key) for n, key in enumerate(draw(st.permutations(keys)))}
    most = st.none() | st.integers(0, 8)
    limit = st.builds(Limit, most, most.map(lambda n: n if n is None else n / 10))
    return Drawn(draw(st.permutations(items)), order, [draw(st.none() | limit) for _ in range(2)])


def plainly(drawn: Drawn) -> dict[str, int]:
    """Assign horizons as methods are told to, without a thought of speed."""
    known = {item.key: item.inputs for item in drawn.items}
    order = sorted(known, key=drawn.order.__getitem__)
    tiers = {key: TIERS.index(of.horizon) for key, of in known.items() if of.horizon}
    first = {key: earliest(key, known, tiers) for key in known}
    last = {key: latest(key, known, tiers) for key in known}
    for tier, limit in enumerate([*drawn.limits, None]):
        for key in order:
            if first[key] <= tier and last[key] <= tier < LATER:
                tiers.setdefault(key, tier)
        for key in order:
            if key not in tiers and first[key] <= tier:
                then = dict.fromkeys(all_needed(key, known), tier) | tiers
                if not exceeds(then, tier, limit, known):
                    tiers = then
    return tiers


def all_needed(key: str, known: Known) -> set[str]:
    """What was set by hand is there already, and needs what it needs by itself."""
    free = [other for other in known[key].depends_on if not known[other].horizon]
    return {key}.union(*(all_needed(other, known) for other in free))


def earliest(key: str, known: Known, by_hand: Mapping[str, int]) -> int:
    """What it needs does not come later."""
    if key in by_hand:
        return by_hand[key]
    return max((earliest(other, known, by_hand) for other in known[key].depends_on), default=0)


def latest(key: str, known: Known, by_hand: Mapping[str, int]) -> int:
    """What needs it does not come sooner."""
    needing = [other for other, of in known.items() if key in of.depends_on]
    return min((by_hand.get(k, latest(k, known, by_hand)) for k in needing), default=LATER)


def exceeds(tiers: Mapping[str, int], tier: int, limit: Limit | None, known: Known) -> bool:
    inside = [key for key, of in tiers.items() if of == tier]
    items, effort = limit or (None, None)
    tenths = sum(round(known[key].effort * 10) for key in inside)
    return (items is not None and len(inside) > items) or (
        effort is not None and tenths > round(effort * 10)
    )


@REPEATABLE
@given(lists())
def test_the_plan_is_the_plain_one(drawn: Drawn) -> None:
    assert drawn.plan().tiers == plainly(drawn)


@REPEATABLE
@given(lists())
def test_nothing_needs_what_is_later_but_what_was_set_by_hand_and_is_warned_of(
    drawn: Drawn,
) -> None:
    plan = drawn.plan()
    early = {
        item.key
        for item in drawn.items
        if any(plan.tiers[p] > plan.tiers[item.key] for p in item.inputs.depends_on)
    }
    assert all(item.inputs.horizon for item in drawn.items if item.key in early)
    warned = [set(w.keys) for w in plan.warnings() if w.code == "dependency_order"]
    assert warned == ([early] if early else [])


@REPEATABLE
@given(lists(by_hand=False))
def test_without_a_hand_no_limit_is_exceeded(drawn: Drawn) -> None:
    plan = drawn.plan()
    known = {item.key: item.inputs for item in drawn.items}
    for tier, limit in enumerate(drawn.limits):
        assert not exceeds(plan.tiers, tier, limit, known)
    assert plan.warnings() == []


@REPEATABLE
@given(lists())
def test_it_says_of_every_item_why(drawn: Drawn) -> None:
    plan = drawn.plan()
    for item in drawn.items:
        assert plan.why(item.key)
        assert (plan.why(item.key) == "set by hand") == (item.inputs.horizon is not None)
