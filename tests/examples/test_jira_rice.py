"""After one run Jira shows the scores; a second one writes nothing, and what failed is healed."""

import os
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import KEY
from tests.examples.jira import TOKEN, USER, Jira
from tests.examples.standin import served

PROFILE = {
    "inputs": {
        "reach": {"from": ["name:Reach"]},
        "impact": {"from": ["name:Impact"], "values": {"high": 2, "low": 0.5}},
        "confidence": {"from": ["customfield_10073"], "unit": "percent"},
        "effort": {"from": ["customfield_10026"]},
    },
    "exclude": {"status.statusCategory.key": ["done"]},
    "writeback": {"score": "customfield_10100"},
    "ignore_actors": ["712020:bot"],
}
SCORES = {"SP-1": 225, "SP-2": 1000, "SP-3": 400, "SP-4": None}


@pytest.fixture
def jira(backlog: str, stackrank: httpx.Client) -> Iterator[tuple[Jira, str]]:
    assert stackrank.put(f"{backlog}/profile", json=PROFILE).status_code == 200
    tool = Jira()
    with served(tool) as address:
        yield tool, address


def run(address: str, backlog: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "examples/jira_rice.py"],
        env=os.environ
        | {
            "JIRA_URL": address,
            "JIRA_USER": USER,
            "JIRA_TOKEN": TOKEN,
            "JQL": "project = SP",
            "BACKLOG_URL": backlog,
            "STACKRANK_KEY": KEY,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_after_one_run_jira_shows_the_scores_and_the_next_writes_nothing(
    jira: tuple[Jira, str], backlog: str
) -> None:
    tool, address = jira
    status, said = run(address, backlog)
    assert (status, tool.scores()) == (0, SCORES), said
    assert "SP-4 None reach is missing" in said
    assert len(tool.writes) == 3
    status, said = run(address, backlog)
    assert (status, tool.scores(), len(tool.writes)) == (0, SCORES, 3), said


def test_what_changed_in_jira_is_scored_and_written_alone(
    jira: tuple[Jira, str], backlog: str, stackrank: httpx.Client
) -> None:
    tool, address = jira
    run(address, backlog)
    tool.edit("10371", "person", {"customfield_10072": 100})
    del tool.issues["10368"]
    tool.add(9, 10)
    status, said = run(address, backlog)
    assert (status, tool.scores()) == (0, {"SP-2": 1000, "SP-3": 400, "SP-4": 50, "SP-9": 5}), said
    assert len(tool.writes) == 5
    counts = stackrank.get(backlog).json()["counts"]
    assert counts == {"ranked": 4, "unranked": 0, "archived": 1}


def test_a_write_that_failed_is_healed_by_the_next_run(
    jira: tuple[Jira, str], backlog: str
) -> None:
    tool, address = jira
    tool.failing = {"10369"}
    status, said = run(address, backlog)
    assert (status, tool.scores()) == (1, {**SCORES, "SP-2": None}), said
    tool.failing = set()
    status, said = run(address, backlog)
    assert (status, tool.scores()) == (0, SCORES), said
    assert [asked.path.rsplit("/", 1)[1] for asked in tool.writes].count("10369") == 2
    assert len(tool.writes) == 4


def test_a_date_to_come_again_at_is_waited_for_as_if_none_was_told(
    jira: tuple[Jira, str], backlog: str
) -> None:
    tool, address = jira
    del tool.issues["10370"], tool.issues["10371"]
    tool.tells_dates = True
    status, said = run(address, backlog)
    assert (status, tool.refused) == (0, [429]), said
    assert tool.scores() == {"SP-1": 225, "SP-2": 1000}


def test_a_search_that_lags_behind_the_writes_ends_with_the_scores(
    jira: tuple[Jira, str], backlog: str
) -> None:
    tool, address = jira
    run(address, backlog)
    tool.lags = True
    status, said = run(address, backlog)
    assert (status, tool.scores()) == (0, SCORES), said
    tool.lags = False
    before = len(tool.writes)
    status, said = run(address, backlog)
    assert (status, tool.scores(), len(tool.writes)) == (0, SCORES, before), said


def test_a_webhook_for_our_own_write_back_rescores_nothing_and_sends_nothing(
    jira: tuple[Jira, str], backlog: str, stackrank: httpx.Client, host: str
) -> None:
    tool, address = jira
    secret = "It's a Secret to Everybody"  # noqa: S105
    told = stackrank.put(f"{backlog}/hook-secrets/jira", json={"secret": secret}).json()
    tool.webhook = (host + told["url"], secret)
    assert run(address, backlog)[0] == 0
    assert [one["result"] for one in tool.told] == ["ignored"] * 3
    revision = stackrank.get(backlog).json()["revision"]
    assert stackrank.get(f"{backlog}/writeback").json()["requests"] == []

    tool.edit("10368", "person", {"customfield_10072": 9000})
    assert tool.told[-1]["result"] == "rescored"
    assert stackrank.get(backlog).json()["revision"] == revision + 1
    (request,) = stackrank.get(f"{backlog}/writeback").json()["requests"]
    assert request["body"] == {"fields": {"customfield_10100": 4500}}


def test_nothing_is_written_for_the_issue_of_another_site(
    jira: tuple[Jira, str], backlog: str, stackrank: httpx.Client
) -> None:
    tool, address = jira
    run(address, backlog)
    elsewhere = {
        "id": "10368",
        "key": "OTHER-1",
        "self": "https://other.atlassian.net/rest/api/3/issue/10368",
        "fields": {
            "summary": "An issue of another site",
            "customfield_10073": 100,
            "customfield_10026": 1,
            "customfield_10100": None,
        },
    }
    assert stackrank.post(f"{backlog}/sync", json=elsewhere).status_code == 200
    stackrank.patch(f"{backlog}/items/OTHER-1", json={"inputs": {"reach": 1, "impact": 1}})
    status, said = run(address, backlog)
    assert (status, tool.scores(), len(tool.writes)) == (0, SCORES, 3), said
