"""Clients that others generate from the contract compile, are typed, and say what was answered.

Each program in `clients/` asks for the same with the types that its generator made, and prints
what it was told: Intercom's three projects and an idea without estimates, the same in buckets,
two weighted criteria of which one is a cost, the methods, a refusal, and what is not there. Or it
lives the life of a backlog: create, merge, change with a stale ETag, page, freeze, change, diff.
"""

import json
from pathlib import Path
from shutil import copy
from typing import Final

from tests.contract.commands import CONTRACT, HERE, run

CLIENTS: Final = HERE / "clients"

TOLD: Final = {
    "rice": [["three", 1, 800], ["one", 2, 675], ["two", 3, 400], ["idea", None, None]],
    "reasons": [
        ["missing_input", "impact"],
        ["missing_input", "confidence"],
        ["missing_input", "effort"],
    ],
    "buckets": [["one", "must"], ["two", "must"], ["three", "could"]],
    "weighted": [["bold", 0.8, 0.75], ["safe", 0.55, 0.75]],
    "methods": [
        "cd3",
        "ice",
        "kano",
        "moscow",
        "now_next_later",
        "opportunity",
        "rice",
        "value_effort",
        "weighted",
        "wsjf",
    ],
    "refused": [422, "#/items/1/inputs/effort", "wrong"],
    "unknown": [404, "/problems/not-found"],
}

PASSED: Final = "Down 1: nothing about it changed; owner/repo#12 (reach 850 to 2,000) passed it."

LIVED: Final = {
    "created": 3,
    "changed": 850,
    "stale": [412, "/problems/precondition-failed"],
    "pages": [["A", "B"], ["owner/repo#12"]],
    "note": "First",
    "moves": [
        ["owner/repo#12", 3, 1, "Up 2: reach 850 to 2,000."],
        ["A", 1, 2, PASSED],
        ["B", 2, 3, PASSED],
    ],
    "tau_b": -0.333333333333,
    "refused": 428,
    "deleted": 204,
}


def test_a_python_client_is_generated_and_used(address: str, tmp_path: Path) -> None:
    generated = tmp_path / "stackrank_client"
    run(
        *("openapi-python-client", "generate", "--meta", "none", "--fail-on-warning"),
        *("--path", CONTRACT, "--output-path", generated),
        *("--config", CLIENTS / "python" / "config.yaml"),
    )
    for name, seen in (("score.py", TOLD), ("life.py", LIVED)):
        program = CLIENTS / "python" / name
        run(
            *("mypy", "--strict", "--follow-imports", "silent", "--config-file", "", program),
            cwd=tmp_path,
        )
        said = run("python", program, address, cwd=tmp_path, PYTHONPATH=str(tmp_path))
        assert json.loads(said) == seen


def test_a_typescript_client_is_generated_and_used(address: str, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")
    programs = [
        copy(CLIENTS / "typescript" / name, tmp_path) for name in ("score.mts", "life.mts")
    ]
    run(
        *("openapi-typescript", CONTRACT, "--default-non-nullable", "false"),
        *("--output", tmp_path / "v1.ts"),
    )
    run(
        *("tsc", "--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes"),
        *("--module", "nodenext", "--target", "es2022", "--types", "node", *programs),
        cwd=tmp_path,
    )
    assert json.loads(run("node", tmp_path / "score.mjs", address)) == TOLD
    assert json.loads(run("node", tmp_path / "life.mjs", address)) == LIVED


def test_a_go_client_is_generated_and_used(address: str, tmp_path: Path) -> None:
    run(
        *("openapi-generator-cli", "generate", "-g", "go", "--package-name", "stackrank"),
        *("-i", CONTRACT, "-o", tmp_path / "src" / "stackrank"),
    )
    said = run(
        *("go", "run", CLIENTS / "go" / "main.go", address),
        GO111MODULE="off",
        GOPATH=f"{tmp_path}:/usr/share/gocode",
    )
    assert json.loads(said) == TOLD
