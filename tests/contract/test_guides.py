"""What the guides to tools tell is what happens, told by bash and curl against their stand-ins."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.conftest import BEARER, KEY
from tests.contract.commands import HERE, ROOT, run
from tests.examples.github import GitHub
from tests.examples.jira import Jira
from tests.examples.linear import Linear
from tests.examples.standin import StandIn, served

STEP: Final = re.compile(r"<!-- story -->\n```sh\n(.*?)```\n(?:```(\w+)\n(.*?)```)?", re.DOTALL)
END: Final = "end of a step"

PASSING: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Ids, which are others each time."""


@pytest.mark.parametrize(
    ("guide", "tool", "stands_for"),
    [
        ("jira.md", Jira, "https://you.atlassian.net"),
        ("linear.md", Linear, "https://api.linear.app"),
        ("spreadsheets.md", StandIn, "nowhere"),
    ],
)
def test_a_guide_goes_as_it_is_told(
    address: str, tmp_path: Path, guide: str, tool: Callable[[], StandIn], stands_for: str
) -> None:
    with served(tool()) as tool_address:
        follow(guide, address, tool_address, tmp_path, stands_for)


def test_the_guide_of_github_goes_as_it_is_told_and_what_is_closed_then_stays_out_of_the_ranking(
    address: str, tmp_path: Path
) -> None:
    tool = GitHub()
    with served(tool) as tool_address:
        follow("github.md", address, tool_address, tmp_path, "https://api.github.com")
    hook = address + json.loads((tmp_path / "hook.json").read_text())["url"]
    backlog = hook.partition("/hooks/")[0]
    secret = "a secret of sixteen characters or more"  # noqa: S105 - as the guide says
    for action, result in (("closed", "rescored"), ("labeled", "ignored")):
        assert tool.tell(hook, secret, action, 7)["result"] == result
        ranking = httpx.get(f"{backlog}/ranking", headers=BEARER).json()["data"]
        assert [item["key"] for item in ranking] == ["acme/shop#12", "acme/shop#9"]


def follow(guide: str, address: str, tool_address: str, directory: Path, stands_for: str) -> None:
    """Do what a guide says, and see that each step answers what it tells."""
    steps = STEP.findall((ROOT / "docs" / guide).read_text(encoding="utf-8"))
    script = "".join(f"{commands}\necho; echo {END}\n" for commands, _, _ in steps)
    script = script.replace("http://127.0.0.1:8000", address).replace("sr_...", KEY)
    script = script.replace(stands_for, tool_address)
    script = script.replace("examples/", f"{ROOT}/examples/")
    said = run(
        *("bash", "-euo", "pipefail", "-c", script),
        cwd=directory,
        LINEAR_URL=tool_address,
    ).split(END)
    assert len(steps) >= 2
    for (_, kind, told), answer in zip(steps, said, strict=False):
        assert read(answer, kind) == read(told, kind)


def read(answer: str, kind: str) -> object:
    """Read an answer without what is another each time."""
    same = PASSING.sub("...", answer)
    return json.loads(same) if kind == "json" else same.split()


@pytest.mark.parametrize("guide", ["jira.md", "linear.md", "github.md", "spreadsheets.md"])
def test_a_guide_says_that_a_backlog_is_of_one_search(guide: str) -> None:
    assert "One backlog, one search: " in (ROOT / "docs" / guide).read_text(encoding="utf-8")


def test_every_link_of_a_guide_leads_to_a_file() -> None:
    for guide in (ROOT / "docs").glob("*.md"):
        for link in re.findall(r"\]\((?!http|#)([^)]+)\)", guide.read_text(encoding="utf-8")):
            assert (guide.parent / link).exists(), (guide.name, link)


SHEET: Final = [
    ["ID", "Key", "Title", "Reach", "Impact", "Confidence", "Effort"],
    [3, "A", 'Search, "fast"', 450, 3, [1, "100 %"], 2],
    ["", "", "B", "2"],
    [2, "B", "Themes", [2000, "2.000"], 1, [0.07, "7 %"], [3.5, "3,5"]],
    [1, "007", "Import", "many", 2, [0.5, "50 %"], 1],
    [4, "C", "Export", [0, ""], 1, [1, "100 %"], 1],
]
"""As it shows in a German sheet, with what its cells hold; `#,###` shows no 0."""


def test_a_google_sheet_is_filled_with_scores_ranks_and_reasons(
    address: str, tmp_path: Path
) -> None:
    body = {"name": "Google Sheets", "scoring": {"method": "rice"}}
    created = httpx.post(f"{address}/v1/backlogs", json=body, headers=BEARER)
    (tmp_path / "sheet.json").write_text(json.dumps(SHEET))
    files = f"{HERE / 'sheets.mjs'} {ROOT / 'examples/sheets.gs'}"
    script = f"node {files} $BACKLOG $STACKRANK_KEY < sheet.json"
    rows = json.loads(
        run(
            *("bash", "-c", script),
            cwd=tmp_path,
            BACKLOG=address + created.headers["location"],
        )
    )
    assert [row[7:9] for row in rows] == [
        ["score", "rank"],
        [675, 1],
        ["", ""],
        [40, 2],
        ["", ""],
        [0, 3],
    ]
    assert rows[0][9] == "why"
    assert rows[4][9].startswith("Row 5")
