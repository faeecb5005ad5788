"""The command `stackrank`: the service, its contract, and the same engine without a server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from socket import socket
from typing import Annotated

import typer
import uvicorn
from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from app import __version__
from app.api import openapi
from app.api.decoding import MalformedJson
from app.api.faults import Invalid, invalid
from app.api.routes import to_json
from app.api.v1.rankings import Ranking
from app.api.v1.scores import score_list
from app.backlogs.upgrading import rescore_outdated
from app.engine.errors import EngineError
from app.engine.methods import METHODS
from app.main import create_app, opened
from app.settings import Settings
from app.storage.database import Database
from app.storage.errors import StorageError
from app.storage.migration import migrate
from app.storage.opening import alone

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="In what order?",
    pretty_exceptions_enable=False,
)

MethodName = StrEnum("MethodName", {name: name for name in METHODS})  # type: ignore[misc]
"""The methods as a choice on the command line."""


class _Server(uvicorn.Server):
    """A server that says where it is once it listens."""

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port, *_ = self.servers[0].sockets[0].getsockname()
            address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
            typer.echo(f"Stackrank {__version__} listens on {address} (Ctrl+C stops it).")
            typer.echo(f"Try it in the browser: {address}/docs")


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
    with _said():
        settings = Settings()
        database = opened(settings)
        served = create_app(settings, database)
    typer.echo(f"The backlogs are kept in {database}.")
    config = uvicorn.Config(
        served,
        host=host,
        port=port,
        access_log=False,
        server_header=False,
        log_level="warning",
    )
    _Server(config).run()


@app.command("migrate")
def migrate_database() -> None:
    """Bring the database to the newest schema, and score its backlogs by this engine."""
    with _said():
        database = alone(Settings().url)
        migrated = migrate(database)
        rescored = rescore_outdated(database, datetime.now(UTC))
    typer.echo("The schema is the newest now." if migrated else "The schema was the newest.")
    if rescored:
        typer.echo(f"Backlogs that were scored again: {rescored}.")


@contextmanager
def _said() -> Iterator[None]:
    """Say in a sentence what is wrong with the settings, or what the database refuses."""
    try:
        yield
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            typer.echo(f"STACKRANK_{str(one['loc'][0]).upper()}: {one['msg']}.", err=True)
        raise typer.Exit(1) from None
    except (SettingsError, StorageError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


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


@app.command("score")
def print_ranking(
    method: Annotated[MethodName, typer.Argument(help="The method.")],
    file: Annotated[
        typer.FileBinaryRead, typer.Argument(help="A JSON request body, or - for standard input.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer of the API.")] = False,
) -> None:
    """Score a list without a server."""
    try:
        ranking = score_list(method, file.read())
    except (Invalid, EngineError) as error:
        for fault in invalid(error).faults:
            typer.echo(f"{fault.pointer}: {fault.detail}", err=True)
        raise typer.Exit(1) from None
    except MalformedJson as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(to_json(ranking))
    else:
        _print_table(ranking)


def _print_table(ranking: Ranking) -> None:
    table = Table(
        "Rank", Column("Key", overflow="fold"), "Score", "Bucket", "Why", box=SIMPLE_HEAD
    )
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
