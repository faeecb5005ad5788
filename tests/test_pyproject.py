"""No test is written that nothing runs."""

import tomllib
from pathlib import Path

HERE = Path(__file__).parent


def test_every_folder_of_tests_is_run() -> None:
    configured = tomllib.loads((HERE.parent / "pyproject.toml").read_text())["tool"]["pytest"]
    named = {
        *configured["ini_options"]["testpaths"],
        *(HERE.parent / ".ci/run").read_text().split(),
    }
    assert {
        f"tests/{test.relative_to(HERE).parts[0]}" for test in HERE.glob("*/**/test_*.py")
    } <= named
