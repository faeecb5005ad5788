"""What the README shows is what the service answers and what the code says."""

import json
import re
import shlex
from pathlib import Path

from fastapi.testclient import TestClient

from app.engine.methods import METHODS
from tests.conftest import KEY

README = Path("README.md").read_text(encoding="utf-8")


def _block(mark: str) -> str:
    """The code block behind a mark."""
    found = re.search(rf"<!-- {mark} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert found, mark
    return found[1]


def _table(mark: str) -> str:
    found = re.search(rf"<!-- {mark} -->\n(.*?)<!-- end of {mark} -->", README, re.DOTALL)
    assert found, mark
    return found[1]


def test_the_curl_is_answered_as_shown(client: TestClient) -> None:
    _, _, url, _, key, _, header, _, body = shlex.split(_block("example"))
    sent = dict(one.replace("$KEY", KEY).split(": ") for one in (key, header))
    client.headers.clear()
    answer = client.post(url, content=body, headers=sent)
    assert answer.json() == json.loads(_block("answer"))


def test_the_table_of_methods_is_made_from_the_code() -> None:
    rows = [
        f"| `{method.name}` | {method.title} | {method.formula} | {method.use_it} |\n"
        for method in METHODS.values()
    ]
    head = "| method | | formula | use it when |\n|---|---|---|---|\n"
    assert _table("methods") == head + "".join(rows)


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\((?!http|#)([^)]+)\)", README)
    assert links
    for link in links:
        assert Path(link).exists(), link
