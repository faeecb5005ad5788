"""What the README tells of a kept backlog is what happens, told by bash and curl."""

import json
import re
from pathlib import Path

from tests.conftest import KEY
from tests.contract.commands import ROOT, run

README = (ROOT / "README.md").read_text(encoding="utf-8")
STEPS = re.findall(r"<!-- story -->\n```sh\n(.*?)```\n```(\w+)\n(.*?)```", README, re.DOTALL)
END = "end of a step"

PASSING = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|20\d\d-[\d:.T-]+Z|\.?[\w-]+\.[\w-]{27}"
)
"""Ids, times and cursors, which are others each time."""


def test_the_story_of_a_backlog_goes_as_it_is_told(address: str, tmp_path: Path) -> None:
    script = "".join(f"{commands}\necho; echo {END}\n" for commands, _, _ in STEPS)
    script = script.replace("http://127.0.0.1:8000", address).replace("sr_...", KEY)
    said = run("bash", "-euo", "pipefail", "-c", script, cwd=tmp_path).split(END)
    assert len(STEPS) == 4
    for (_, kind, told), answer in zip(STEPS, said, strict=False):
        assert read(answer, kind) == read(told, kind)


def read(answer: str, kind: str) -> object:
    """Read an answer without what is another each time."""
    same = PASSING.sub("...", answer)
    return json.loads(same) if kind == "json" else same.split()
