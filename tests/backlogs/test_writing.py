"""Whatever was written in whatever order, what is kept is what the final list scores."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.backlogs.merging import Change
from app.backlogs.writing import Writer, new_backlog
from app.engine.errors import DependencyCircles
from app.engine.methods import METHODS
from app.engine.ranking import Scoring
from app.storage.database import Database
from app.storage.records import StoredBacklog
from app.storage.repository import DEFAULT_WORKSPACE, Repository

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def scoring(method: str, bucket_by: str | None = None, **options: object) -> Scoring:
    made = METHODS[method].options.model_validate(options)
    if bucket_by is None:
        return Scoring(METHODS[method], made)
    return Scoring(METHODS[method], made, METHODS[bucket_by], METHODS[bucket_by].options())


CRITERIA = {"gain": {"weight": 2}, "cost": {"weight": 1, "direction": "cost"}}
SCORINGS = [
    scoring("rice"),
    scoring("rice", "moscow"),
    scoring("ice"),
    scoring("cd3", "kano"),
    scoring("moscow", capacity=6),
    scoring("value_effort"),
    scoring("now_next_later", now={"max_items": 2}, next={"max_effort": 5}),
    scoring("weighted", criteria=CRITERIA, scale={"min": 0, "max": 5}),
    scoring("weighted", criteria=CRITERIA, normalization="min_max"),
    scoring("weighted", criteria=CRITERIA, normalization="sum", missing="renormalize"),
]

small = st.sampled_from([0, 1, 2, 3, 5, 50, None])
inputs = st.fixed_dictionaries(
    {},
    optional={
        "reach": small,
        "impact": small,
        "confidence": small,
        "ease": small,
        "effort": small,
        "value": small,
        "cost_of_delay": small,
        "duration": small,
        "category": st.sampled_from(["must", "should", "could", "wont", None]),
        "horizon": st.sampled_from(["now", "next", None]),
        "depends_on": st.lists(st.sampled_from("ABC"), max_size=2, unique=True),
        "attractive": st.sampled_from([0, 1, 4, None]),
        "must_be": st.sampled_from([0, 2, None]),
        "criteria": st.fixed_dictionaries({}, optional={"gain": small, "cost": small}),
    },
)
changes = st.builds(
    Change,
    key=st.sampled_from("ABCDEF"),
    title=st.sampled_from([msgspec.UNSET, None, "T"]),
    labels=st.sampled_from([msgspec.UNSET, [], ["x"]]),
    inputs=st.one_of(st.just(msgspec.UNSET), inputs),
    archived=st.sampled_from([msgspec.UNSET, False, True]),
)
lists = st.lists(changes, max_size=4, unique_by=lambda change: change.key)
writes = st.one_of(
    st.tuples(st.just("merge"), lists),
    st.tuples(st.just("replace"), lists),
    st.tuples(st.just("put"), changes),
    st.tuples(st.just("patch"), changes),
    st.tuples(st.just("delete"), st.sampled_from("ABCDEF")),
    st.tuples(st.just("score"), st.sampled_from(SCORINGS)),
)


def begin(repository: Repository, how: Scoring) -> StoredBacklog:
    backlog = new_backlog(str(uuid4()), None, how, NOW)
    repository.add_backlog(backlog)
    return backlog


def write(repository: Repository, backlog: StoredBacklog, number: int, what: Any) -> None:  # noqa: ANN401
    writer = Writer(repository, backlog.id, NOW + timedelta(seconds=number))
    match what:
        case ("merge", changed):
            writer.merge(changed, 100)
        case ("replace", changed):
            writer.replace(changed, 100)
        case ("put", change):
            found = repository.items_by_key(backlog.id, [change.key])
            writer.replace_item(found[0] if found else None, change, 100)
        case ("patch", change):
            for item in repository.items_by_key(backlog.id, [change.key]):
                writer.merge_into([(item, change)], 100)
        case ("delete", key):
            for item in repository.items_by_key(backlog.id, [key]):
                writer.delete(item)
        case _:
            writer.change(backlog.name, None, what[1])


def kept(repository: Repository, backlog: StoredBacklog) -> Any:  # noqa: ANN401 - any JSON
    """What is answered of a backlog, but for who wrote it and when."""
    found = repository.backlog(backlog.id)
    warnings = msgspec.json.decode(found.warnings)
    return {
        "counts": (found.ranked, found.unranked, found.archived),
        "warnings": [one for one in warnings if one["code"] != "input_meaning_differs"],
        "balance": found.balance,
        "reference": found.reference,
        "places": [
            (
                *(place.rank, place.position, place.item.key, place.item.title, place.item.score),
                *(place.item.tier, place.item.bucket, place.item.bucket_text, place.item.reasons),
                *(place.item.inputs, place.item.labels),
            )
            for place in repository.ranking(backlog.id, None, 100)
        ],
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(how=st.sampled_from(SCORINGS), many=st.lists(writes, max_size=8))
def test_random_writes_keep_what_the_final_list_scores_from_nothing(
    database: Database, how: Scoring, many: list[Any]
) -> None:
    with database.transaction() as connection:
        repository = Repository(connection, DEFAULT_WORKSPACE)
        backlog = begin(repository, how)
        final = how
        for number, what in enumerate(many):
            before = repository.backlog(backlog.id).revision
            try:
                write(repository, backlog, number, what)
            except DependencyCircles:
                assert repository.backlog(backlog.id).revision == before
                continue
            assert repository.backlog(backlog.id).revision - before in {0, 1}
            final = what[1] if what[0] == "score" else final
        fresh = begin(repository, final)
        items = repository.items(backlog.id, archived=None)
        Writer(repository, fresh.id, NOW).fill(
            [msgspec.structs.replace(item, id=uuid4(), score=None, tier=None) for item in items],
            [],
            100,
        )
        assert kept(repository, backlog) == kept(repository, fresh)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(how=st.sampled_from(SCORINGS), changed=lists)
def test_the_same_write_again_changes_nothing(
    database: Database, how: Scoring, changed: list[Change]
) -> None:
    with database.transaction() as connection:
        repository = Repository(connection, DEFAULT_WORKSPACE)
        backlog = begin(repository, how)
        for put in ("merge", "replace"):
            try:
                write(repository, backlog, 1, (put, changed))
            except DependencyCircles:
                return
            once = repository.backlog(backlog.id)
            write(repository, backlog, 2, (put, changed))
            assert repository.backlog(backlog.id) == once
