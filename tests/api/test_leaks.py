"""Nothing crosses workspaces: every input that can name something is tried with another's name.

The tries are generated from the contract: each operation, each of its inputs that names something,
once with the name of what another workspace has and once with one that nobody has. Both must be
answered alike, say nothing of the other, and change nothing of it.
"""

import hmac
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import MetaData, select

from app.backlogs.hooks import token_of
from app.engine.methods import METHODS
from app.main import create_app
from app.settings import Settings
from app.storage.database import Database
from app.storage.workspaces import Workspaces
from tests.api.v1.conftest import rice
from tests.api.v1.pages import PROFILE, issue, search
from tests.conftest import CONTRACT, SECRET, assert_keeps_the_contract, bearer, give_key

NOBODYS = "01a20650-0000-7000-8000-00000000dead"

OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, operations in CONTRACT["paths"].items()
    for method, operation in operations.items()
    if operation["security"] or "/hooks/" in path
}

HOOKS = {
    "receive_jira_hook": ("jira", "X-Hub-Signature", "X-Atlassian-Webhook-Identifier"),
    "receive_linear_hook": ("linear", "Linear-Signature", "Linear-Delivery"),
    "receive_github_hook": ("github", "X-Hub-Signature-256", "X-GitHub-Delivery"),
}
"""What takes a webhook, and the headers of its signature and of its name."""

PLAIN_PARAMETERS = {
    *("method", "limit", "archived", "order", "explain", "status", "bom", "delimiter"),
    *("dry_run", "shape", "only", "plan", "source"),
}
"""What names nothing that is kept."""

PLAIN_PROPERTIES = {
    *("items", "title", "url", "labels", "inputs", "options", "scoring", "bucket_by"),
    *("method", "given_for", "description", "note", "created_by", "archived", "revision", "runs"),
    *("warnings", "balance", "reference", "engine_version", "sha256", "created_at"),
    *("updated_at", "rank", "position", "score", "tier", "bucket", "explanation", "reasons"),
    *("code", "message", "count", "keys", "buckets", "share", "without_effort"),
    *("keys_without_effort", "sum", "norm", "text", "terms", "input", "role", "given", "used"),
    *("weight", "contribution", "extra", "bucket_text", "backlog", "scope", "expires_at"),
    *("max_items", "max_effort", "min", "max", "direction", "scale"),
    *("exclude", "writeback", "ignore_actors", "from", "values", "unit", "field", "secret"),
    *(
        name
        for method in METHODS.values()
        for model in (method.inputs, method.options)
        for name in model.model_fields
        if name != "depends_on"
    ),
}
"""What is kept as it is sent, or measures something."""


def first(body: Any) -> Any:  # noqa: ANN401 - a JSON document
    """The first item of a body, or the only one."""
    return (body.get("backlog") or body).get("items", [body])[0]


def in_items(body: Any, value: str) -> None:  # noqa: ANN401 - a JSON document
    first(body)["key"] = value


def in_dependencies(body: Any, value: str) -> None:  # noqa: ANN401 - a JSON document
    first(body).setdefault("inputs", {})["depends_on"] = [value]


def in_name(body: Any, value: str) -> None:  # noqa: ANN401 - a JSON document
    (body.get("backlog") or body)["name"] = value


def in_ids(body: Any, value: str) -> None:  # noqa: ANN401 - a JSON document
    body["backlog"]["items"][0]["id"] = value
    body["backlog"]["runs"][0]["id"] = value


def in_page(body: Any, value: str) -> None:  # noqa: ANN401 - a JSON document
    body["issues"][0]["id"] = value


def in_pages_key(body: Any, value: str) -> None:  # noqa: ANN401 - a JSON document
    body["issues"][0]["key"] = value


PLACES: dict[str, Callable[[Any, str], None]] = {
    "key": in_items,
    "depends_on": in_dependencies,
    "name": in_name,
    "id": in_ids,
    "source_id": in_page,
    "source_key": in_pages_key,
}
"""Where a name stands in a body."""


@dataclass(frozen=True, slots=True)
class Side:
    """A workspace with one of everything, and its names."""

    client: TestClient
    names: dict[str, str]
    export: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Try:
    """An input of an operation that can name something."""

    operation: str
    where: str
    name: str

    def __str__(self) -> str:
        return f"{self.operation} {self.where} {self.name}"


def tries() -> Iterator[Try]:
    for name, (_, _, operation) in OPERATIONS.items():
        for parameter in operation.get("parameters", []):
            if parameter["name"] not in PLAIN_PARAMETERS:
                yield Try(name, parameter["in"], parameter["name"])
        for content in operation.get("requestBody", {}).get("content", {}).values():
            for sent in sorted(properties(content["schema"], frozenset()) - PLAIN_PROPERTIES):
                yield Try(name, "body", sent)


def properties(schema: Any, above: frozenset[str]) -> set[str]:  # noqa: ANN401 - a JSON schema
    """Every name that a body can have, at any depth."""
    if isinstance(schema, list):
        return set().union(*(properties(part, above) for part in schema))
    if not isinstance(schema, dict):
        return set()
    if reference := schema.get("$ref"):
        name = reference.rpartition("/")[2]
        known = CONTRACT["components"]["schemas"][name]
        return set() if name in above else properties(known, above | {name})
    found = set(schema.get("properties", {}))
    for part in ("items", "anyOf", "oneOf", "allOf", "additionalProperties"):
        found |= properties(schema.get(part), above)
    return found | properties(list(schema.get("properties", {}).values()), above)


ALL = [
    *tries(),
    # The contract does not say what is in a tool's page.
    *(Try("sync_page", "body", name) for name in ("source_id", "source_key")),
]


class Workspace:
    """Makes workspaces that are all alike but for their names."""

    def __init__(
        self, app: FastAPI, portal: BlockingPortal, owner: Database, served: Database
    ) -> None:
        self._app, self._portal, self._owner, self._served = app, portal, owner, served
        self._numbers = count()

    def new(self, word: str) -> Side:
        """Make one whose every text begins with a word."""
        number = next(self._numbers)
        with self._served.transaction() as connection:
            made = Workspaces(connection).add(f"{word} {number}", datetime.now(UTC))
        key = give_key(self._owner, workspace_id=made.id)
        client = TestClient(
            self._app, headers=bearer(key.text), client=(f"10.{number // 250}.{number % 250}.1", 1)
        )
        client.portal = self._portal
        spare = give_key(self._owner, workspace_id=made.id)
        backlogs = []
        for name in ("plan", "other"):
            body = {"name": f"{word} {name}", "description": word, "scoring": {"method": "rice"}}
            backlogs.append(ok(client.post("/v1/backlogs", json=body)).headers["location"])
        address = backlogs[0]
        items = [rice(f"{word}-{n}", n, title=word, labels=[f"{word}-label"]) for n in (1, 2)]
        ok(client.post(f"{address}/items", json={"items": items}))
        run: dict[str, Any] = {}
        for _ in range(2):
            body = {"note": word, "created_by": word}
            run = ok(client.post(f"{address}/runs", json=body)).json()
        ok(client.put(f"{address}/profile", json=PROFILE))
        page = search({**issue(9, key=f"{word}-9"), "id": f"{word}-id"})
        ok(client.post(f"{address}/sync", json=page, params={"batch": f"{word}-batch"}))
        names = {
            "backlog_id": address.rpartition("/")[2],
            "run_id": run["id"],
            "from": run["id"],
            "to": run["id"],
            "item_key": f"{word}-1",
            "key": f"{word}-1",
            "key_id": str(spare.key.id),
            "depends_on": f"{word}-2",
            "name": f"{word} plan",
            "label": f"{word}-label",
            "id": run["id"],
            "bucket": "must",
            "batch": f"{word}-batch",
            "source_id": f"{word}-id",
            "source_key": f"{word}-9",
            "workspace": str(made.id),
            "secret": f"{word}, a secret of its own",
        }
        names["token"] = token_of(names["secret"])
        for tool, signature, delivery in HOOKS.values():
            secret = {"secret": names["secret"]}
            ok(client.put(f"{address}/hook-secrets/{tool}", json=secret))
            sent, headers = webhook(tool, names["secret"])
            names[signature], names[delivery] = headers[signature], f"{word} delivery"
            query, headers[delivery] = {"workspace": names["workspace"]}, names[delivery]
            url = f"{address}/hooks/{tool}"
            ok(client.post(url, params=query, content=sent, headers=headers))
        return Side(client, names, ok(client.get(f"{address}/export")).json())


def webhook(tool: str, secret: str) -> tuple[bytes, dict[str, str]]:
    """A webhook of a tool about no issue, and its signature; each time and everywhere the same."""
    body: dict[str, Any] = {"zen": "Keep it simple."}
    if tool == "linear":  # takes none that is older than a minute
        body["webhookTimestamp"] = int(datetime.now(UTC).timestamp() * 1000)
    sent = json.dumps(body).encode()
    signature = next(header for name, header, _ in HOOKS.values() if name == tool)
    digest = hmac.new(secret.encode(), sent, sha256).hexdigest()
    told = digest if tool == "linear" else f"sha256={digest}"
    return sent, {signature: told, "Content-Type": "application/json"}


def ok(answer: Any) -> Any:  # noqa: ANN401 - the test client's own
    assert answer.is_success, answer.text
    return answer


def body_of(side: Side, name: str) -> Any:  # noqa: ANN401 - a JSON document
    """The example of an operation's body, or one's own export; none for what is no JSON."""
    _, _, operation = OPERATIONS[name]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if name in HOOKS or content is None:
        return None
    if name == "import_backlog":
        body = json.loads(json.dumps(side.export))
        body["backlog"]["name"] = "imported"
        return body
    return json.loads(json.dumps(next(iter(content["examples"].values()))["value"]))


def ask(side: Side, tried: Try, value: str | None, extra: dict[str, str]) -> Any:  # noqa: ANN401
    """Ask for an operation with one's own names, but for the one that is tried."""
    method, path, operation = OPERATIONS[tried.operation]
    names = dict(side.names)
    query, body, sent = dict(extra), body_of(side, tried.operation), None
    headers: dict[str, str] = {}
    if hook := HOOKS.get(tried.operation):
        query["workspace"] = names["workspace"]
        sent, headers = webhook(hook[0], names["secret"])
    if tried.operation in {"inspect_csv", "sync_csv"}:
        sent, headers = b"key,reach\nown-1,5\n", {"Content-Type": "text/csv"}
    if tried.operation == "delete_backlog":
        headers["if-match"] = "*"
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query" and parameter["required"]:
            query[parameter["name"]] = names[parameter["name"]]
    if value is not None:
        if tried.where == "path":
            names[tried.name] = value
        elif tried.where == "query":
            query[tried.name] = value
        elif tried.where == "header":
            headers[tried.name] = value
        else:
            PLACES[tried.name](body, value)
    names |= {"method": "rice", "source": "jira"}
    url = path.format(**{name: quote(name_of, safe="") for name, name_of in names.items()})
    return side.client.request(method, url, params=query, headers=headers, json=body, content=sent)


def told(answer: Any, sent: str) -> tuple[int, str, list[str]]:  # noqa: ANN401
    """What was answered, without what is another each time, and without what was sent."""
    text = answer.text
    for form in (sent, quote(sent, safe=""), sent.replace('"', '\\"')):
        text = text.replace(form, "SENT")
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    text = re.sub(r"20\d\d-[\d:.T-]+Z", "TIME", text)
    text = re.sub(r"sr_\w+", "KEY", text)
    text = re.sub(r'"next_cursor":"[^"]+"', "CURSOR", text)
    return answer.status_code, text, sorted(answer.headers)


def seeds(tried: Try, victim: Side) -> tuple[str, str]:
    """The victim's name for what is asked, and one that nobody has."""
    if tried.name == "cursor":
        cursor = ok(ask(victim, tried, None, {"limit": "1"})).json()["next_cursor"]
        assert cursor, f"{tried.operation} lists too little to have a second page"
        return cursor, "AAAA.BBBB"
    if tried.name == "Idempotency-Key":
        used = f"canary-{tried.operation}"
        ok(ask(victim, tried, used, {}))
        return used, "another-request"
    if tried.name in {"If-Match", "If-None-Match"}:
        return '"6"', '"999"'  # neither is a tag of one's own, before or after a write
    if tried.name in PAIRS:
        return victim.names[tried.name], PAIRS[tried.name]
    return victim.names[tried.name], NOBODYS if is_id(tried) else "nobodys name"


PAIRS = {"bucket": "should", "batch": "nobodys-batch", "token": "0" * 64, "source_key": "nobody-9"}
"""What nobody has, where it must be of a form."""


READS = {
    name
    for name, (_, _, operation) in OPERATIONS.items()
    if operation["security"] in ([{"key": ["read"]}], [{"key": ["score"]}])
}
"""What keeps nothing."""

NOTHING_DONE = {400, 404, 412, 422}
"""What leaves a workspace, and what is known of its caller, as it was."""


def is_id(tried: Try) -> bool:
    return tried.name.endswith("_id") or tried.name in {"from", "to", "id", "workspace"}


@pytest.fixture
def workspaces(database: Database, served: Database) -> Iterator[Workspace]:
    app = create_app(Settings(secret=SECRET), served)
    with start_blocking_portal() as portal:  # one loop for all, and not one for each request
        yield Workspace(app, portal, database, served)


def rows(database: Database, workspace: str) -> dict[str, list[Any]]:
    """Every row of a workspace, by table, as the owner of the tables sees it."""
    metadata = MetaData()
    with database.reading() as connection:
        metadata.reflect(connection)
        ids = select(metadata.tables["workspace"].c.workspace_id)
        within = ids.where(metadata.tables["workspace"].c.name == workspace).scalar_subquery()
        return {
            table.name: sorted(
                map(
                    tuple, connection.execute(table.select().where(table.c.workspace_id == within))
                ),
                key=repr,
            )
            for table in metadata.sorted_tables
            if "workspace_id" in table.c
        }


def test_every_input_that_names_something_is_tried() -> None:
    unknown = {str(tried) for tried in ALL if tried.where == "body" and tried.name not in PLACES}
    assert not unknown, "say in PLACES where it stands, or in PLAIN_PROPERTIES that it is no name"
    assert len(ALL) >= 100


def test_what_another_workspace_has_is_as_if_it_was_not(
    workspaces: Workspace,
    database: Database,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    victim = workspaces.new("canary")
    values = {str(tried): seeds(tried, victim) for tried in ALL}
    before = rows(database, "canary 0")
    statuses: dict[int, int] = {}
    differ = []
    own = workspaces.new("own")
    for tried in ALL:
        answers = []
        for value in values[str(tried)]:
            answer = ask(own, tried, value, {})
            if tried.operation not in READS and answer.status_code not in NOTHING_DONE:
                own = workspaces.new("own")  # for all of them are asked alike
            assert_keeps_the_contract(answer)
            said = told(answer, value)
            heard = f"{said[1]} {dict(answer.headers)}".replace(value, "SENT")
            assert "canary" not in heard, tried
            assert not any(one in heard for one in victim.names.values() if len(one) == 36), tried
            assert answer.headers.get("idempotency-replayed") is None, tried
            answers.append(said)
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        if answers[0] != answers[1]:
            differ.append((str(tried), answers))
    assert differ == []
    assert rows(database, "canary 0") == before
    with capsys.disabled():
        kind = request.node.callspec.params["database_url"]
        print(  # noqa: T201 - the counts are what a reader wants to see
            f"\nleak matrix on {kind}: {len(OPERATIONS)} operations, {len(ALL)} inputs that name"
            f" something, {2 * len(ALL)} requests, 0 differences, 0 of"
            f" {sum(map(len, before.values()))} rows changed;"
            f" answers {dict(sorted(statuses.items()))}"
        )
