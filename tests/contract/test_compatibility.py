"""No client that was generated from the last committed contract breaks.

The base is the newest committed document that differs from the present one: the last commit's
while the document is edited, the one before it from then on. Whatever changes, `info.version`
rises by as much as the change means to clients.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.commands import CONTRACT, ROOT, run


def test_the_contract_breaks_no_client_of_the_one_before(tmp_path: Path) -> None:
    now = CONTRACT.read_text(encoding="utf-8")
    before = next((document for document in committed() if document != now), None)
    if before is None:
        if run("git", "rev-parse", "--is-shallow-repository", cwd=ROOT).strip() == "true":
            pytest.skip("this clone ends before the last contract: git fetch --unshallow")
    else:
        compare(before, now, tmp_path)


def test_an_operation_that_is_gone_breaks_clients(tmp_path: Path) -> None:
    now = CONTRACT.read_text(encoding="utf-8")
    less = json.loads(now)
    del less["paths"]["/v1/methods"]
    with pytest.raises(AssertionError, match="1 major"):
        compare(now, json.dumps(less), tmp_path)


def test_a_change_without_a_new_version_is_found(tmp_path: Path) -> None:
    now = CONTRACT.read_text(encoding="utf-8")
    with pytest.raises(AssertionError, match=r"info\.version stayed"):
        compare(now, now.replace("In what order?", "Which first?"), tmp_path)


def committed() -> Iterator[str]:
    """All contracts of the history, newest first."""
    path = CONTRACT.relative_to(ROOT)
    log = run("git", "log", "--format=%H", "--diff-filter=AM", "--", path, cwd=ROOT)
    for commit in log.split():
        yield run("git", "show", f"{commit}:{path}", cwd=ROOT)


def compare(before: str, now: str, folder: Path) -> None:
    (folder / "before.json").write_text(before, encoding="utf-8")
    (folder / "now.json").write_text(now, encoding="utf-8")
    run(
        *("redocly", "diff", "before.json", "now.json"),
        *("--fail-on", "major", "--check-version"),
        cwd=folder,
    )
