"""Clients that others generate from the contract compile, are typed, and say what was answered.

Each program in `clients/` asks for the same with the types that its generator made, and prints
what it was told: Intercom's three projects and an idea without estimates, the same in buckets,
two weighted criteria of which one is a cost, the methods, a refusal, and what is not there.
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


def test_a_python_client_is_generated_and_used(address: str, tmp_path: Path) -> None:
    generated = tmp_path / "stackrank_client"
    run(
        *("openapi-python-client", "generate", "--meta", "none", "--fail-on-warning"),
        *("--path", CONTRACT, "--output-path", generated),
    )
    program = CLIENTS / "python" / "score.py"
    run(
        *("mypy", "--strict", "--follow-imports", "silent", "--config-file", "", program),
        cwd=tmp_path,
    )
    said = run("python", program, address, cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert json.loads(said) == TOLD


def test_a_typescript_client_is_generated_and_used(address: str, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")
    program = copy(CLIENTS / "typescript" / "score.mts", tmp_path)
    run(
        *("openapi-typescript", CONTRACT, "--default-non-nullable", "false"),
        *("--output", tmp_path / "v1.ts"),
    )
    run(
        *("tsc", "--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes"),
        *("--module", "nodenext", "--target", "es2022", "--types", "node", program),
        cwd=tmp_path,
    )
    said = run("node", tmp_path / "score.mjs", address)
    assert json.loads(said) == TOLD


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
