"""Swagger UI in a browser: whoever presses Execute gets the ranking, and nothing complains.

Asked for by name (`pytest tests/browser`), after `npm ci` there. The picture that is taken on the
way is kept where SCREENSHOT says.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copy

import pytest

from tests.conftest import KEY, SECRET

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

REFUSED = "Failed to load resource: the server responded with a status of 401 (Unauthorized)"
"""What a browser says of the request that was sent without a key."""

UNDERSCORE = (
    "Deprecated: escaping deep link whitespace with `_` is unsupported and will be removed"
    " in a future 5.x release. Use `%20` instead."
)
"""What Swagger UI says of every address that leads to an operation with an underscore."""


@dataclass(frozen=True, slots=True)
class Seen:
    advice: str
    body: str
    complaints: list[str]
    location: str
    operations: list[str]
    overflow: int
    refused: str
    reloaded: str
    requests: list[str]
    status: str


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    database = copy(sqlite_template, tmp_path_factory.mktemp("database"))
    variables = os.environ | {
        "STACKRANK_DATABASE_URL": f"sqlite:///{database}",
        "STACKRANK_SECRET": SECRET,
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", "app.main:create_app"]
    options = ["--host", "127.0.0.1", "--port", "0", "--no-access-log"]
    with subprocess.Popen(
        [*command, *options], cwd=ROOT, stderr=subprocess.PIPE, text=True, env=variables
    ) as server:
        assert server.stderr
        told = ""
        for line in server.stderr:
            told += line
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                break
        assert found, told
        try:
            yield found[0]
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    asked = os.environ.get("SCREENSHOT")
    return Path(asked) if asked else tmp_path_factory.mktemp("browser") / "swagger-ui.png"


@pytest.fixture(scope="module")
def seen(address: str, picture: Path) -> Seen:
    done = subprocess.run(
        ["node", HERE / "swagger-ui.mjs", address, picture, KEY],  # noqa: S607 - wherever it is installed
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Seen(**json.loads(done.stdout))


def test_execute_on_rice_shows_the_ranking(seen: Seen) -> None:
    assert seen.status == "200"
    ranking = json.loads(seen.body)
    assert [(item["key"], item["score"]) for item in ranking["data"]] == [
        ("C", 800),
        ("A", 675),
        ("B", 400),
    ]


def test_who_has_not_authorized_is_told_to(seen: Seen) -> None:
    assert seen.refused == "401"
    assert "In /docs press Authorize" in json.loads(seen.advice)["detail"]


def test_who_has_authorized_is_known_after_a_reload_too(seen: Seen) -> None:
    assert (seen.status, seen.reloaded) == ("200", "200")


def test_every_operation_is_shown(seen: Seen) -> None:
    contract = json.loads((ROOT / "openapi/v1.json").read_text(encoding="utf-8"))
    assert sorted(seen.operations) == sorted(
        f"operations-{operation['tags'][0]}-{operation['operationId']}"
        for operations in contract["paths"].values()
        for operation in operations.values()
    )


def test_neither_the_console_nor_the_policy_complains(seen: Seen) -> None:
    assert seen.complaints.count(REFUSED) == 1
    expected = {REFUSED, UNDERSCORE}
    assert [complaint for complaint in seen.complaints if complaint not in expected] == []


def test_nobody_but_the_service_is_asked(seen: Seen, address: str) -> None:
    assert f"{address}/v1/score/rice?order=rank&explain=true" in seen.requests
    assert [
        url for url in seen.requests if not url.startswith((f"{address}/", "data:image/"))
    ] == []


def test_an_open_operation_has_an_address_that_opens_it_again(seen: Seen, address: str) -> None:
    assert seen.location == f"{address}/docs#/scores/score_rice"


def test_nothing_is_wider_than_the_window(seen: Seen) -> None:
    assert seen.overflow == 0


def test_the_picture_is_a_png_of_the_window(seen: Seen, picture: Path) -> None:
    assert seen.status == "200"
    header = picture.read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(header[16:20]), int.from_bytes(header[20:24])) == (1280, 960)
