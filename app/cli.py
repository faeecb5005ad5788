"""The command `stackrank`: the service, its contract, and the same engine without a server."""

import contextlib
import json
import re
from asyncio import get_running_loop
from codecs import BOM_UTF8
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from signal import SIGTERM
from socket import socket
from types import FrameType
from typing import Annotated, Any, Final

import structlog
import typer
import uvicorn
from prometheus_client import start_http_server
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app import __version__
from app.api import openapi
from app.api.decoding import MalformedJson
from app.api.faults import Invalid
from app.api.routes import to_json
from app.api.v1.rankings import Ranking
from app.api.v1.scores import score_list
from app.backlogs.upgrading import rescore_outdated
from app.engine.dependencies import closing
from app.engine.methods import METHODS
from app.key_commands import keys, workspaces
from app.keys.giving import Given, first_key
from app.keys.peppers import Peppers
from app.main import Stackrank, create_app, opened, secrets_of
from app.saying import said
from app.settings import Settings, refuse_open_door
from app.settings import page as settings_page
from app.storage.database import Database
from app.storage.errors import NoRole
from app.storage.migration import grant, migrate
from app.storage.opening import alone, is_held
from app.sync.detection import read_csv
from app.sync.errors import SyncError
from app.sync.reading import read
from app.sync.values import known_inputs

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="In what order?",
    pretty_exceptions_enable=False,
)

app.add_typer(keys, name="keys")
app.add_typer(workspaces, name="workspaces")

MethodName = StrEnum("MethodName", {name: name for name in METHODS})  # type: ignore[misc]
"""The methods as a choice on the command line."""


FIRST_KEY: Final = """
This is the first key, an admin's. It is shown this once and kept nowhere: put it by.

  {key}

Press Authorize in /docs and paste it there, or paste this into a terminal:

  export KEY={key}
  curl -s {address}/v1/backlogs -H "Authorization: Bearer $KEY" \\
    -H 'Content-Type: application/json' -d '{{"name": "Roadmap", "scoring": {{"method": "rice"}}}}'
"""

WITHOUT_KEYS: Final = (
    "STACKRANK_AUTH is off: nobody is asked for a key, and whoever reaches this address may do"
    " everything."
)

LIKE_JSON: Final = re.compile(rb"\s*({|\[\s*{|$)")
"""How a request body begins, or what was meant to be one; a spreadsheet's header does not."""

log: Any = structlog.get_logger()


IDLE: Final = 75
"""For so many seconds a connection without a request is kept: longer than clients (5 s in httpx,
30 in Java) and load balancers (60 s) keep theirs, as a request that meets the closing is lost."""

NOT_HELD: Final = (
    "The service connects as a superuser, whom row level security does not hold: let it connect as"
    " a role of its own (STACKRANK_DATABASE_ROLE)."
)


class _Server(uvicorn.Server):
    """A server that says where it is once it listens, and drains before it stops."""

    def __init__(
        self, config: uvicorn.Config, served: Stackrank, first: Callable[[], Given | None]
    ) -> None:
        super().__init__(config)
        self._served = served
        self._first = first

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._loop = get_running_loop()
            host, port, *_ = self.servers[0].sockets[0].getsockname()
            address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
            log.info("started", version=__version__, address=address)
            if self._served.settings.log == "text":
                typer.echo(f"Stackrank {__version__} listens on {address} (Ctrl+C stops it).")
                typer.echo(f"Try it in the browser: {address}/docs")
            if given := self._first():
                typer.echo(FIRST_KEY.format(key=given.text, address=address))

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        log.info("stopping")
        await super().shutdown(sockets)
        log.info("stopped")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop when asked: after SIGTERM, and but for a second one, once load balancers know."""
        if sig == SIGTERM and self.started and not self._served.state.draining:
            self._served.state.draining = True
            seconds = self._served.settings.drain
            log.info("draining", seconds=seconds)
            stop = partial(super().handle_exit, sig, frame)
            self._loop.call_soon_threadsafe(self._loop.call_later, seconds, stop)
        else:
            super().handle_exit(sig, frame)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Say the version.", callback=_say_version, is_eager=True),
    ] = False,
) -> None:
    """Take what comes before the command."""


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="The port to listen on; 0 takes a free one.", min=0, max=65535)
    ] = 8000,
) -> None:
    """Serve the API."""
    with said():
        settings = Settings()
        refuse_open_door(settings, host)
        database = opened(settings)
        served = create_app(settings, database)
        peppers = Peppers(secrets_of(database, settings))
    log.info("opened", database=str(database))
    if settings.log == "text":
        typer.echo(f"The backlogs are kept in {database}.")
    if settings.auth == "off":
        typer.secho(WITHOUT_KEYS, err=True, bold=True, fg="red")
    if settings.metrics_port:
        try:
            start_http_server(settings.metrics_port, host)
        except OSError as error:
            typer.echo(f"STACKRANK_METRICS_PORT: {error.strerror}.", err=True)
            raise typer.Exit(1) from None

    if not is_held(database):
        typer.secho(NOT_HELD, err=True, fg="yellow")

    def first() -> Given | None:
        if settings.auth == "off" or settings.log == "json":  # no key is ever written to a log
            return None
        return first_key(database, peppers, datetime.now(UTC))

    config = uvicorn.Config(
        served,
        host=host,
        port=port,
        access_log=False,
        server_header=False,
        log_config=None,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=int(settings.deadline) + 1,
    )
    _Server(config, served, first).run()


@app.command("migrate")
def migrate_database() -> None:
    """Bring the database to the newest schema, and score its backlogs by this engine."""
    with said():
        settings = Settings()
        with contextlib.closing(alone(settings.url, pgbouncer=settings.pgbouncer)) as database:
            if database.is_sqlite and settings.database_role:
                raise NoRole("An SQLite file knows no roles: leave STACKRANK_DATABASE_ROLE out.")
            migrated = migrate(database)
            if settings.database_role:
                grant(database, settings.database_role)
            rescored = rescore_outdated(database, datetime.now(UTC))
    typer.echo("The schema is the newest now." if migrated else "The schema was the newest.")
    if rescored:
        typer.echo(f"Backlogs that were scored again: {rescored}.")


@app.command("openapi")
def print_openapi() -> None:
    """Print the OpenAPI document."""
    typer.echo(
        json.dumps(
            openapi.document(create_app(database=Database("sqlite://"))),
            indent=2,
            ensure_ascii=False,
        )
    )


@app.command("settings")
def print_settings() -> None:
    """Print every setting with its default and what it does."""
    typer.echo(settings_page(), nl=False)


@app.command("score")
def print_ranking(
    method: Annotated[MethodName, typer.Argument(help="The method.")],
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(help="A JSON request body or a CSV spreadsheet, or - for standard input."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer of the API.")] = False,
) -> None:
    """Score a list without a server; the columns of a spreadsheet are called as the inputs are."""
    body = file.read().removeprefix(BOM_UTF8)
    try:
        if not LIKE_JSON.match(body):
            body = _of_sheet(method, body)
        ranking = score_list(method, body)
    except Invalid as error:
        for fault in error.faults:
            typer.echo(f"{fault.pointer}: {fault.detail}", err=True)
        raise typer.Exit(1) from None
    except (MalformedJson, SyncError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(to_json(ranking))
    else:
        _print_table(ranking)


def _of_sheet(method: str, body: bytes) -> bytes:
    """Make a request body of a spreadsheet; say of every row what cannot be read."""
    if any(field.is_required() for field in METHODS[method].options.model_fields.values()):
        typer.echo(
            f"{method} takes options, which no spreadsheet holds: send a JSON request body with"
            " options and items.",
            err=True,
        )
        raise typer.Exit(1)
    page = read(read_csv(body), None, known_inputs(METHODS[method].inputs.model_json_schema()))
    for row, why in page.skipped:
        typer.echo(f"{row.capitalize()}: {why}", err=True)
    for item in page.items:
        for fault in item.faults:
            typer.echo(fault.message, err=True)
    inputs = {item.key: dict(item.inputs) for item in page.items}
    waits = {key: one.get("depends_on") or [] for key, one in inputs.items()}
    for key, before in closing(waits, waits):
        inputs[key]["depends_on"] = [one for one in inputs[key]["depends_on"] if one != before]
        told = f"{key} would wait for {before} and {before} for it: this dependency was left out."
        typer.echo(told, err=True)
    items = [
        {"key": item.key, "title": item.title or None, "inputs": inputs[item.key]}
        for item in page.items
    ]
    return to_json({"items": items})


def _print_table(ranking: Ranking) -> None:
    table = Table(box=SIMPLE_HEAD)
    for header in ("Rank", "Key", "Score", "Bucket", "Why"):
        table.add_column(header, overflow="fold")
    for item in ranking.data:
        told = [reason.message for reason in item.reasons]
        if item.explanation:
            told = [item.explanation.bucket_text or "", item.explanation.text]
        table.add_row(
            "" if item.rank is None else str(item.rank),
            Text(item.key),
            "" if item.score is None else f"{item.score:.12g}",
            item.bucket or "",
            Text("\n".join(filter(None, told))),
        )
    console = Console()
    console.print(table)
    for warning in ranking.warnings:
        console.print(f"{warning.code}: {warning.message}", markup=False)
