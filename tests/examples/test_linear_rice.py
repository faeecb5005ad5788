"""After one run Linear stands in the order of the ranking; a second one writes nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import KEY as STACKRANK_KEY
from tests.examples.linear import KEY, Linear, complexity, label
from tests.examples.standin import served

PROFILE = {
    "inputs": {
        "reach": {"from": ["count:needs"]},
        "impact": {"from": ["label:Impact/"], "values": {"high": 2, "low": 0.5}},
        "effort": {"from": ["estimate"]},
    },
    "writeback": {"rank": "sortOrder"},
}
ORDER = ["ENG-2", "ENG-1", "ENG-3", "ENG-4"]


@pytest.fixture
def linear(backlog: str, stackrank: httpx.Client) -> Iterator[tuple[Linear, str]]:
    assert stackrank.put(f"{backlog}/profile", json=PROFILE).status_code == 200
    tool = Linear()
    with served(tool) as address:
        yield tool, address


def run(address: str, backlog: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "examples/linear_rice.py"],
        env=os.environ
        | {
            "LINEAR_URL": address,
            "LINEAR_KEY": KEY,
            "TEAM": "ENG",
            "BACKLOG_URL": backlog,
            "STACKRANK_KEY": STACKRANK_KEY,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def estimate(stackrank: httpx.Client, backlog: str, *keys: str) -> None:
    """Say here what Linear has no place for."""
    items = [{"key": key, "inputs": {"confidence": 50}} for key in keys]
    assert stackrank.post(f"{backlog}/items", json={"items": items}).status_code == 200


@pytest.mark.parametrize(
    ("query", "points"),
    [
        ("query { user { name } }", 1.1),
        ("query { issues(first: 10) { nodes { id state { type } } } }", 23.0),
        ("query { issues { pageInfo { hasNextPage } nodes { id } } }", 111.0),
        ("query { issues(first: 2) { nodes { labels(first: 3) { nodes { id } } } } }", 11.6),
        ("mutation($a: X!) { i0: issueUpdate(id: $a) { success } }", 1.1),
    ],
)
def test_the_stand_in_prices_queries_as_linear_does(query: str, points: float) -> None:
    assert complexity(query) == points


def test_after_one_run_linear_stands_in_order_and_the_next_writes_nothing(
    linear: tuple[Linear, str], backlog: str, stackrank: httpx.Client
) -> None:
    tool, address = linear
    estimate(stackrank, backlog, "ENG-1", "ENG-2", "ENG-3", "ENG-4")
    status, said = run(address, backlog)
    assert (status, tool.order()) == (0, ORDER), said
    assert "ENG-4 None impact is missing" in said
    assert len(tool.writes) == 1
    status, said = run(address, backlog)
    assert (status, tool.order(), len(tool.writes)) == (0, ORDER, 1), said


def test_a_write_that_failed_is_healed_by_the_next_run(
    linear: tuple[Linear, str], backlog: str, stackrank: httpx.Client
) -> None:
    tool, address = linear
    estimate(stackrank, backlog, "ENG-1", "ENG-2", "ENG-3", "ENG-4")
    tool.failing = {"ENG-2"}
    status, said = run(address, backlog)
    assert (status, tool.order()[0]) == (1, "ENG-1"), said
    tool.failing = set()
    status, said = run(address, backlog)
    assert (status, tool.order()) == (0, ORDER), said
    (again,) = tool.writes[1:]
    assert len(again.body["variables"]) == 2


def test_a_limit_that_is_told_as_an_error_of_graphql_is_waited_for(
    linear: tuple[Linear, str], backlog: str, stackrank: httpx.Client
) -> None:
    tool, address = linear
    estimate(stackrank, backlog, "ENG-1", "ENG-2", "ENG-3", "ENG-4")
    status, said = run(address, backlog)
    assert (status, tool.order(), tool.refused) == (0, ORDER, [400]), said
    status, said = run(address, backlog)
    assert (status, tool.order(), tool.refused) == (0, ORDER, [400, 429]), said


def test_a_date_to_come_again_at_is_waited_for_as_if_none_was_told(
    linear: tuple[Linear, str], backlog: str, stackrank: httpx.Client
) -> None:
    tool, address = linear
    estimate(stackrank, backlog, "ENG-1", "ENG-2", "ENG-3", "ENG-4")
    tool.tells_dates = True
    status, said = run(address, backlog)
    assert (status, tool.order(), tool.refused) == (0, ORDER, [429]), said


def test_an_issue_that_more_asked_for_than_a_page_holds_has_no_reach_rather_than_a_part_of_it(
    linear: tuple[Linear, str], backlog: str, stackrank: httpx.Client
) -> None:
    tool, address = linear
    estimate(stackrank, backlog, "ENG-1", "ENG-2", "ENG-3", "ENG-4")
    first, second, *_ = tool.issues
    tool.want(first, 99)
    tool.want(second, 96)
    status, said = run(address, backlog)
    assert status == 0, said
    assert "ENG-1 50.0" in said
    assert "ENG-2 None The list goes on behind the page" in said


def test_an_issue_of_more_labels_than_a_page_holds_keeps_what_was_read_of_them(
    linear: tuple[Linear, str], backlog: str, stackrank: httpx.Client
) -> None:
    tool, address = linear
    estimate(stackrank, backlog, "ENG-1", "ENG-2", "ENG-3", "ENG-4")
    run(address, backlog)
    first, *_ = tool.issues.values()
    first["labels"] = [*(label(f"Label {number}") for number in range(25)), *first["labels"]]
    status, said = run(address, backlog)
    assert (status, tool.order()) == (0, ORDER), said
    assert "ENG-1 0.5" in said
