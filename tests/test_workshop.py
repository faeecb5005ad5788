"""What the repository promises of itself: a clone needs nothing else, and no test is idle."""

import re
import tomllib
from pathlib import Path
from shutil import which
from subprocess import run

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent


def test_every_folder_of_tests_is_run() -> None:
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]
    named = {
        *configured["ini_options"]["testpaths"],
        *(ROOT / ".ci/run").read_text().split(),
    }
    assert {
        f"tests/{test.relative_to(HERE).parts[0]}" for test in HERE.glob("*/**/test_*.py")
    } <= named


def test_make_alone_says_what_can_be_made() -> None:
    make = which("make")
    assert make
    said = run([make, "-s", "-C", ROOT], capture_output=True, text=True, check=True).stdout
    (targets,) = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert [line.split()[1] for line in said.splitlines()] == targets.split()
    assert all(len(line.split()) > 3 for line in said.splitlines())


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_what_is_installed_is_pinned_with_hashes_wherever_it_comes_from(name: str) -> None:
    pinned = re.split(r"\n(?=\S)", (ROOT / name).read_text())
    assert len(pinned) > 50
    for one in pinned:
        assert re.match(r"[\w.-]+==\S+ (; .+ )?\\\n {4}--hash=sha256:[0-9a-f]{64}", one), one
        assert "://" not in one


@pytest.mark.parametrize("name", ["tests/contract", "tests/browser"])
def test_what_npm_installs_is_pinned_with_hashes_and_without_an_address(name: str) -> None:
    lock = (ROOT / name / "package-lock.json").read_text()
    assert '"integrity": "sha512-' in lock
    assert '"resolved"' not in lock


def test_the_image_is_of_a_pinned_base_runs_as_nobody_and_says_how_it_is() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    bases = [line.split()[1] for line in lines if line.startswith("FROM")]
    assert len(bases) == 2
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base) for base in bases)
    of_the_last = lines[max(n for n, line in enumerate(lines) if line.startswith("FROM")) :]
    assert [line for line in of_the_last if line.startswith("USER")] == ["USER 10001"]
    assert any(line.startswith("HEALTHCHECK") for line in of_the_last)
    assert any("--require-hashes" in line for line in lines)
