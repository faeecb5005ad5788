"""Runs the tools of the contract tests: those of the venv, of npm and of the machine."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.conftest import KEY

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
CONTRACT: Final = ROOT / "openapi" / "v1.json"

ENVIRONMENT: Final = os.environ | {
    "PATH": os.pathsep.join(
        [str(Path(sys.executable).parent), str(HERE / "node_modules/.bin"), os.environ["PATH"]]
    ),
    "STACKRANK_KEY": KEY,
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    "REDOCLY_TELEMETRY": "off",
}


def run(*command: str | Path, cwd: Path = HERE, **variables: str) -> str:
    """Give what a command prints; a test fails with all of it where the command does."""
    done = call(*command, cwd=cwd, **variables)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def call(
    *command: str | Path, cwd: Path = HERE, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command that may fail."""
    return subprocess.run(
        command,
        cwd=cwd,
        env=ENVIRONMENT | variables,
        capture_output=True,
        text=True,
        check=False,
    )
