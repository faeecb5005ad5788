"""What docs/operating.md says of numbers, settings and metrics is what the code says."""

import re
from pathlib import Path
from typing import Final

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from app.api import bodies, cursors, load
from app.api.problems import KINDS
from app.api.v1 import imports, items, scores
from app.api.v1.pages import LARGEST_PAGE
from app.engine.inputs import MOST_CRITERIA
from app.settings import Settings
from app.storage import rows
from app.storage.database import CONNECTIONS, POSTGRES_TIMEOUTS
from app.sync.detection import MOST_VALUES

DOCS: Final = Path(__file__).parents[1] / "docs"
OPERATING: Final = (DOCS / "operating.md").read_text(encoding="utf-8")
MIB: Final = 1024 * 1024


def row(what: str) -> str:
    """Read how much of something a table of the page allows."""
    (found,) = re.findall(rf"^\| {re.escape(what)}[^|]* \| (.*) \|$", OPERATING, re.MULTILINE)
    return str(found)


@pytest.mark.parametrize(
    ("what", "told", "number"),
    [
        ("a request's body", "import {} MiB", imports.LARGEST // MIB),
        ("a request's body", "page or spreadsheet {} MiB", LARGEST_PAGE // MIB),
        ("objects and lists of an import", "each {} bytes", imports.LEAST),
        ("objects and lists of an import", "and {} more", imports.SLACK),
        ("items in a request", "{}", items.MOST_ITEMS),
        ("items in a request", "{}", scores.MOST_ITEMS),
        ("criteria of an item", "{}", MOST_CRITERIA),
        ("a spreadsheet", "{} cells", MOST_VALUES),
        ("a query", "a cursor has {} characters", cursors.LONGEST),
        ("entries of the audit", "the {} oldest", rows.AT_ONCE),
        ("bodies of all requests at once", "{} MiB a process", load.MOST_HELD // MIB),
    ],
)
def test_a_limit_is_that_of_the_code(what: str, told: str, number: int) -> None:
    assert told.format(f"{number:,}") in row(what)


def test_large_bodies_begin_where_the_code_says() -> None:
    assert f"bodies of {bodies.LARGE // MIB} MiB and more" in OPERATING


def test_the_times_of_postgresql_are_those_of_the_code() -> None:
    seconds = [POSTGRES_TIMEOUTS[name] // 1000 for name in ("statement_timeout", "lock_timeout")]
    assert seconds == [5, 3]
    assert "5 s, 3 s," in row("time for a statement, a lock")
    assert f"one of the {CONNECTIONS} connections" in OPERATING


def test_every_setting_that_is_named_is_there_with_its_default() -> None:
    security = (DOCS / "security.md").read_text(encoding="utf-8")
    named = set(re.findall(r"STACKRANK_([A-Z_]+)", OPERATING + security))
    assert named <= {name.upper() for name in Settings.model_fields}
    defaults = re.findall(r"`STACKRANK_([A-Z_]+)`, (\d[\d,]*)(?: (MiB|s\b))?", OPERATING)
    assert len(defaults) >= 8
    for name, number, unit in defaults:
        default = Settings.model_fields[name.lower()].default
        assert int(number.replace(",", "")) * (MIB if unit == "MiB" else 1) == default


def test_every_metric_is_told_and_no_other(client: TestClient) -> None:
    (table,) = re.findall(r"\| metric \| says \|\n(.*?)\n\n", OPERATING, re.DOTALL)
    told = {name for line in table.splitlines() for name in re.findall(r"`(stackrank_\w+)", line)}
    there = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in text_string_to_metric_families(client.get("/metrics").text)
        if family.name.startswith("stackrank_") and not family.name.endswith("_created")
    }
    assert told == there


def test_every_problem_that_is_told_has_the_status_it_is_told_with() -> None:
    told = re.findall(r"`([a-z-]+)`(?: and `([a-z-]+)`)? \((\d{3})[,)]", OPERATING)
    assert len(told) >= 6
    for first, second, status in told:
        for slug in filter(None, (first, second)):
            assert KINDS[slug].status == int(status)
